import argparse
import sys

from ablage_client import AblageClient, AblageAPIError


def cmd_upload(client, args):
    for path in args.files:
        doc = client.documents.upload(path, ocr_backend=args.backend)
        doc = client.documents.wait_for_completion(doc.id)
        print(doc.filename, doc.ocr_text.strip())


def cmd_list(client, args):
    for doc in client.documents.list(page_size=args.limit):
        print(doc.filename, doc.status)


def main(argv):
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    upload = commands.add_parser("upload")
    upload.add_argument("files", nargs="+")
    upload.add_argument("--backend", default="text-layer")
    upload.set_defaults(func=cmd_upload)
    list_ = commands.add_parser("list")
    list_.add_argument("--limit", type=int, default=10)
    list_.set_defaults(func=cmd_list)
    args = parser.parse_args(argv)
    client = AblageClient()
    try:
        args.func(client, args)
    except AblageAPIError as error:
        print(f"failed with status {error.status_code}", file=sys.stderr)
        return 1
    return 0


assert main(["upload", *sys.argv[1:]]) == 0
assert main(["list", "--limit", "2"]) == 0
