"""What the codemod knows about values: truth, containers, patterns, methods that are passed on."""

from __future__ import annotations

import pytest

from tests.compat.migrate.sources import check, reasons

ALWAYS = "ocr_result was always there, and is None until recognition has ended: look at this test again"


@pytest.mark.parametrize(
    "line",
    [
        "if d.ocr_result: pass",
        "if not d.ocr_result: pass",
        "while d.ocr_result: pass",
        "assert d.ocr_result",
        "x = 1 if d.ocr_result else 2",
        "x = d.ocr_result and 1",
        "x = d.ocr_result or other",
        "x = bool(d.ocr_result)",
        "x = d.ocr_result is None",
        "x = d.ocr_result is not None",
        "x = [e for e in [client.documents.get(i)] if e.ocr_result]",
        "if (r := d.ocr_result): pass",
    ],
)
def test_the_truth_of_an_ocr_result_is_marked(line: str) -> None:
    assert reasons(f"d = client.documents.get(i)\n{line}\n") == [ALWAYS]


@pytest.mark.parametrize(
    "line", ["if d.ocr_result: pass", "x = d.ocr_result is None", "x = bool(d.ocr_result)"]
)
def test_the_truth_of_the_result_of_a_completed_document_is_not(line: str) -> None:
    assert reasons(f"d = client.documents.wait_for_completion(i)\n{line}\n") == []


def test_a_page_keeps_its_name_where_it_is_named_in_a_condition() -> None:
    check(
        """
        if page := client.documents.list():
            print(page.items)
        """,
        """
        if (page := client.documents.list(limit=20)).items:
            print(page.items)
        """,
    )


def test_a_default_that_never_counted_goes() -> None:
    check(
        """
        d = client.documents.get(i)
        result = d.ocr_result or {}
        print(result.get("engine", "?"), len((d.ocr_result or dict()).get("segments", [])))
        """,
        """
        d = client.documents.get(i)
        result = d.ocr_result
        print(result.backend if result else "unknown", len(d.ocr_result.blocks if d.ocr_result else []))
        """,
    )


def test_tests_of_attributes_keep_their_parentheses() -> None:
    check(
        """
        d = client.documents.get(i)
        if d.error_message and "x" in d.error_message:
            pass
        """,
        """
        d = client.documents.get(i)
        if (d.error.message if d.error else None) and "x" in (d.error.message if d.error else None):
            pass
        """,
    )


def test_a_page_that_is_used_as_a_list() -> None:
    check(
        """
        from tqdm import tqdm
        page = client.documents.list(page_size=5)
        first, *rest = page
        if page and first in page and not page:
            print(*page, [*page], tqdm(page), bool(page), page or None)
        """,
        """
        from tqdm import tqdm
        page = client.documents.list(limit=5)
        first, *rest = page.items
        if page.items and first in page.items and not page.items:
            print(*page.items, [*page.items], tqdm(page.items), bool(page.items), page.items or None)
        """,
    )


def test_what_lists_in_dicts_hold() -> None:
    check(
        """
        from collections import defaultdict
        by, groups = {}, defaultdict(list)
        for d in client.documents.list():
            by.setdefault(d.mime_type, []).append(d)
            groups[d.status].append(d)
        print([x.ocr_text for v in by.values() for x in v])
        print([x.ocr_text for x in groups["failed"]])
        """,
        """
        from collections import defaultdict
        by, groups = {}, defaultdict(list)
        for d in client.documents.list(limit=20).items:
            by.setdefault(d.mime_type, []).append(d)
            groups[str(d.status)].append(d)
        print([x.extracted_text or "" for v in by.values() for x in v])
        print([x.extracted_text or "" for x in groups["failed"]])
        """,
    )


def test_clients_that_are_kept_elsewhere() -> None:
    check(
        """
        from contextlib import ExitStack, contextmanager
        app.state.archive = client
        context.obj["client"] = client
        def handler(request):
            return request.app.state.archive.get_document("x").ocr_text
        def command(context):
            return context.obj["client"].get_document("x").ocr_text
        @contextmanager
        def opened():
            yield client
        with opened() as one, ExitStack() as stack:
            two = stack.enter_context(client)
            print(one.get_document("x"), two.get_document("x"))
        """,
        """
        from contextlib import ExitStack, contextmanager
        app.state.archive = client
        context.obj["client"] = client
        def handler(request):
            return request.app.state.archive.documents.get("x").extracted_text or ""
        def command(context):
            return context.obj["client"].documents.get("x").extracted_text or ""
        @contextmanager
        def opened():
            yield client
        with opened() as one, ExitStack() as stack:
            two = stack.enter_context(client)
            print(one.documents.get("x"), two.documents.get("x"))
        """,
    )


def test_the_secret_of_a_webhook_is_there_when_it_is_new() -> None:
    check(
        """
        webhook = client.webhooks.create(url, events=[])
        print(webhook.secret, webhook.active, client.webhooks.get(i).secret)
        """,
        """
        webhook = client.webhooks.create(url, event_types=[])
        print(webhook.secret, webhook.is_active, getattr(client.webhooks.get(i), "secret", None))
        """,
    )


def test_patterns() -> None:
    check(
        """
        d = client.documents.wait_for_completion(i)
        match d.status:
            case "completed":
                print(d.ocr_text)
            case other:
                print(other)
        """,
        """
        d = client.documents.wait_for_completion(i)
        match str(d.status):
            case "completed":
                print(d.extracted_text)
            case other:
                print(other)
        """,
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("match client.list_documents():\n    case {'data': d}: pass", "this was a mapping"),
        ("match client.list_documents():\n    case [d, *_]: pass", "a page is no list any more"),
        (
            "from ablage_client import Document\nmatch d:\n    case Document(ocr_text=t): pass",
            "this pattern also matches None",
        ),
        (
            "from ablage_client import Document\nmatch d:\n    case Document(confidence_score=1.0): pass",
            "confidence_score is float",
        ),
    ],
)
def test_patterns_that_match_otherwise_are_marked(body: str, reason: str) -> None:
    (found,) = reasons(body + "\n")
    assert found.startswith(reason)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("from functools import partial\nf = partial(client.documents.upload, filename='x')", None),
        (
            "import functools\nf = functools.partial(client.documents.wait_for_completion, poll_interval=1)",
            "wait_for_completion() is documents.wait_for_completion() now",
        ),
        ("get = client.documents.get\nget('x')", None),
        ("wait = client.documents.wait_for_completion\nwait('x', 60)", "wait_for_completion() is"),
        ("pool.submit(client.documents.wait_for_completion, 'x', 60)", "wait_for_completion() is"),
        ("pool.submit(client.documents.wait_for_completion, 'x', timeout=60)", None),
        ("data = client.documents.download('x', 'to.pdf')", "download() returns the path"),
        ("client.documents.download('x', 'to.pdf')", None),
        ("data = client.documents.download('x')", None),
        ("client.documents.list(page_size=500)", "a page has at most 100 items"),
        ("def f(x):\n    return x.documents.list(page_size=5)", "if this is the old client"),
        ("class C(AblageClient):\n    def request(self, method, path): pass", "the client does not send"),
        (
            "from typing import Protocol\nclass C(Protocol):\n    def get_ocr_text(self, i): ...",
            "if this is the old client",
        ),
    ],
)
def test_methods_whose_arguments_or_results_differ(body: str, reason: str | None) -> None:
    found = reasons(body + "\n")
    assert [text.startswith(reason or "-") for text in found] == ([True] if reason else [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("list(map(attrgetter('ocr_text'), [d]))", "ocr_text is extracted_text now"),
        ("list(map(attrgetter('filename'), [d]))", None),
        ("sorted([d], key=itemgetter('filename'))", "this was a mapping"),
        ("attrgetter('ocr_result.x', 'error_message')(d)", "error_message is"),
        ("'{0.ocr_text}'.format(d)", "the format reads"),
        ("'{0.filename} {1}'.format(d, 1)", None),
        ("'{d[filename]}'.format(d=d)", "the format reads"),
        ("'%(filename)s' % d", "the format reads"),
        ("writer.writerow(d)", "this was a mapping"),
        ("render_template('x.html', document=d)", "the template reads"),
        ("pandas.DataFrame([d])", "this was a mapping"),
        ("for key in d.ocr_result: pass", "this was a mapping"),
        ("'segments' in d.ocr_result", "this was a mapping"),
        ("pickle.dump(d, file)", "pickles written before"),
        ("base = 'http://x/api/v1'", "API v1 is deprecated"),
        ("base = host + '/api/v1'", "API v1 is deprecated"),
        ("router = APIRouter(prefix='/api/v1')", None),
    ],
)
def test_names_in_strings_are_marked_where_they_changed(line: str, reason: str | None) -> None:
    names = "from operator import attrgetter, itemgetter\nfrom flask import render_template\n"
    head = f"import pandas, pickle\n{names}"
    found = reasons(f"{head}d = client.documents.wait_for_completion(i)\n{line}\n")
    assert [text.startswith(reason or "-") for text in found] == ([True] if reason else [])
