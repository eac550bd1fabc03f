"""SQL of the promises that Postgres keeps by itself, whoever writes: for `RunSQL` in migrations.

Migrations call these, so a change here changes history: add a new function instead. TRUNCATE fires no row trigger, so
that a test database can be emptied.
"""

from __future__ import annotations

from django.db.migrations import RunSQL


def trigger(table: str, name: str, when: str, body: str, *, deferred: bool = False, declare: str = "") -> RunSQL:
    """A row trigger `name` on `table`; `when` is such as "BEFORE UPDATE OR DELETE", `body` is PL/pgSQL that may raise."""
    kind = "CONSTRAINT TRIGGER" if deferred else "TRIGGER"
    timing = "DEFERRABLE INITIALLY DEFERRED" if deferred else ""
    function = f"{table}_{name}"
    create = f"""
        CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $body$
        {declare}
        BEGIN
            {body}
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $body$;
        CREATE {kind} {name} {when} ON {table} {timing} FOR EACH ROW EXECUTE FUNCTION {function}();
    """
    drop = f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {function}();"
    return RunSQL(create, drop)


def append_only(table: str) -> RunSQL:
    """Rows of `table` are written once: no change, no deletion."""
    body = f"RAISE EXCEPTION '{table} is append-only: % refused for row %', TG_OP, OLD.id USING ERRCODE = 'restrict_violation';"
    return trigger(table, "append_only", "BEFORE UPDATE OR DELETE", body)


def fixed_columns(table: str, *columns: str) -> RunSQL:
    """These columns keep the value that a row was written with."""
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
    body = f"""
            IF {changed} THEN
                RAISE EXCEPTION '{table}: {", ".join(columns)} can not be changed (row %)', OLD.id
                    USING ERRCODE = 'restrict_violation';
            END IF;
    """
    return trigger(table, "fixed_columns", "BEFORE UPDATE", body)
