"""What every caller of the library got from it when these were recorded: guards for code that is moved.

    python tests/golden/make.py --record FOLDER     before: exact results, into a folder outside of the project
    python tests/golden/make.py --compare FOLDER    after: those against this checkout, bit by bit, case by case
    python tests/golden/make.py --check             how far this checkout is from what is stored here
    python tests/golden/make.py                     store what it gives now, where results are meant to change

Each caller has a module of cases, `library`, `lite`, `video`, `dataset`, `nodes`, which use public entry points only:
they run on any layout of the code, and with `--code` on another checkout. Exact results are those of one machine and
one number of threads; what is stored holds on any processor, as far as `case` promises.
"""
