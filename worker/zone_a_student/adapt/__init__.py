"""Notebooks as students write them, made to run where are no internet, no Colab, no graphics card and nobody at the keyboard.

Each module is one idea and has `install`; `notes.py` keeps what was adapted, one short line each, for the result page. Rules:
what a notebook computes stays what it wrote (an old name gets the new name's function, never another one); what can't be
done is left to fail with its own exception, which the catalogue explains; nothing here may break a notebook, so each part is
installed by itself and a part that fails is left out. None of it is believed: a notebook may patch all of it.

Start reading at `install` in `everything.py`.
"""
