# Two images of one source: `web` (the site: web, migrate, beat, duties, webhooks) and `worker` (runs notebooks in sandboxes).
#   docker build --target web -t homework-grader-web .
#   docker build --target worker -t homework-grader-worker .                                 (CPU)
#   docker build --target worker --build-arg TORCH_BACKEND=cu130 -t homework-grader-worker-gpu .
# Both run as uid 10001, which owns nothing but the volume at /var/lib/grader.
ARG PYTHON_IMAGE=python:3.11.11-slim-bookworm

# ---------------------------------------------------------------- what both are made of
FROM ${PYTHON_IMAGE} AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PATH=/opt/venv/bin:$PATH \
    DJANGO_SETTINGS_MODULE=grader.settings \
    GRADER_HOME=/var/lib/grader
RUN groupadd --gid 10001 grader \
    && useradd --uid 10001 --gid grader --home-dir /var/lib/grader --shell /usr/sbin/nologin grader \
    && install -d -o grader -g grader -m 0750 /var/lib/grader \
    && python -m venv /opt/venv
WORKDIR /app

# ---------------------------------------------------------------- the site
FROM base AS web
COPY requirements/lock.txt requirements/web.txt requirements/
RUN pip install -r requirements/web.txt
COPY manage.py ./
COPY assignments assignments
COPY grader grader
COPY worker worker
# Collected once, with hashes in the names; the secrets are only there because settings want some, and stay in this layer's run.
ENV STATIC_ROOT=/app/static
RUN SECRET_KEY=build-only-build-only-build-only-build-only GRADER_SITE_SECRET=build-only-build-only-build-only-build-only \
    python manage.py collectstatic --no-input
USER grader
EXPOSE 8000
CMD ["uvicorn", "grader.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--lifespan", "off", "--no-server-header", "--proxy-headers", "--timeout-graceful-shutdown", "5"]

# ---------------------------------------------------------------- the worker
FROM base AS worker
# bubblewrap makes the sandboxes; the data set's labels are covered inside them.
RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap dataset-fashion-mnist \
    && rm -rf /var/lib/apt/lists/*
# uv knows where each build of torch lies; pip would take the CUDA build everywhere.
ARG TORCH_BACKEND=cpu
COPY requirements/lock.txt requirements/web.txt requirements/worker.txt requirements/runtime-plain.txt requirements/runtime-torch.txt requirements/runtime-tf.txt requirements/
RUN python -m venv /opt/uv \
    && /opt/uv/bin/pip install uv==0.13.9 \
    && /opt/uv/bin/uv pip install --python /opt/venv/bin/python --torch-backend="${TORCH_BACKEND}" "$(grep '^torch==' requirements/runtime-torch.txt)" \
    && pip install -r requirements/worker.txt -r requirements/runtime-torch.txt -r requirements/runtime-tf.txt \
    && rm -rf /opt/uv
COPY manage.py ./
COPY assignments assignments
COPY grader grader
COPY worker worker
USER grader
CMD ["celery", "-A", "grader.queue", "worker", "-n", "worker@%h", "-Q", "grade.cpu", "-c", "2", "--without-gossip", "--without-mingle", "-l", "INFO"]
