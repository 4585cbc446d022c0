"""Run a program that was written for the old client, unmodified.

The program sees its own ``sys.argv``, is ``__main__`` and ends with its own exit code; its tracebacks show
its own lines. Python processes that it starts find the old names, too.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path
from types import ModuleType, TracebackType
from typing import NoReturn

from ablage_client_compat.alias import CHILDREN, install

__all__ = ["main"]

_USAGE = """\
usage: python -m ablage_client_compat SCRIPT [ARGUMENT ...]
       python -m ablage_client_compat -m MODULE [ARGUMENT ...]

Run a program written for the old AblageClient, unmodified, on the new SDK.

example: ABLAGE_API_KEY=ak_live_... python -m ablage_client_compat nightly_report.py --since 2025-01-01

environment:
  ABLAGE_COMPAT_REPORT=path.json  write every deprecated use (file, line, count, what to write
                                  instead) to this file at exit; several processes add up
  PYTHONWARNINGS=default          show the deprecation warnings of imported modules, too
"""
_WRONG_USAGE = 2
_OWN_FILES = frozenset({__file__, runpy.__file__, "<frozen runpy>"})


def main() -> None:
    """Run the program named by ``sys.argv``."""
    arguments = sys.argv[1:]
    if arguments[:1] in (["-h"], ["--help"]):
        print(_USAGE)  # noqa: T201
        return
    as_module = arguments[:1] == ["-m"]
    target = arguments[as_module : as_module + 1]
    if not target:
        _refuse("name the script to run, or -m and a module")
    if target[0].startswith("-"):
        _refuse(f"unknown option {target[0]}")
    if not as_module and not Path(target[0]).exists():
        _refuse(f"there is no file {target[0]}")

    install()
    _prepare_children()
    sys.argv = arguments[as_module:]
    try:
        if as_module:
            runpy.run_module(target[0], run_name="__main__", alter_sys=True)
        else:
            _run_script(target[0])
    except Exception as error:  # noqa: BLE001  # whatever the program did not catch
        if as_module and isinstance(error, ImportError) and _outside_program(error.__traceback__) is None:
            _refuse(str(error))
        error.__traceback__ = _outside_program(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)


def _refuse(message: str) -> NoReturn:
    print(f"python -m ablage_client_compat: {message}\n\n{_USAGE}", file=sys.stderr)  # noqa: T201
    sys.exit(_WRONG_USAGE)


def _run_script(script: str) -> None:
    """Execute a file (or a folder or zip file with a ``__main__.py``) as Python itself would."""
    if not Path(script).is_file() or _is_archive(script):
        runpy.run_path(script, run_name="__main__")
        return
    if not sys.flags.safe_path:
        sys.path[0] = str(Path(script).resolve().parent)
    module = ModuleType("__main__")
    vars(module).update(__file__=script, __builtins__=__builtins__, __cached__=None)
    code = compile(Path(script).read_bytes(), script, "exec")
    sys.modules["__main__"] = module  # for good: threads and exit handlers outlive the script's last line
    exec(code, vars(module))  # noqa: S102  # the program is what was asked for


def _is_archive(script: str) -> bool:
    with Path(script).open("rb") as file:
        return file.read(2) == b"PK"


def _prepare_children() -> None:
    """Make processes that the program starts (`multiprocessing`, `subprocess`) find the old names."""
    sys.path.insert(1, str(CHILDREN))
    paths = [str(CHILDREN), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def _outside_program(traceback: TracebackType | None) -> TracebackType | None:
    """Leave out the frames that ran the program, so that the traceback begins in it."""
    while traceback and traceback.tb_frame.f_code.co_filename in _OWN_FILES:
        traceback = traceback.tb_next
    return traceback


if __name__ == "__main__":
    main()
