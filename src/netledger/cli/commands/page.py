"""Open the page in a browser: a calculation, a file or a network to paste or drop, judged and counted there by this
same netledger. It is served to this machine alone (127.0.0.1) and asks nothing of any other.

  netledger page
  netledger page --port 8000 --no-browser
  netledger page --folder web/dist
"""

from __future__ import annotations

import os

from netledger.errors import NotFoundError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; "
    "worker-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""What the page may load, sent with every file of it, so that the worker is bound by it too."""


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger page``."""
    parser.add_argument("--port", type=int, default=0, metavar="N", help="the port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--no-browser", action="store_true", help="serve it, and open no browser")
    parser.add_argument("--folder", metavar="DIR", help="the built page, where it is somewhere else")


def run(arguments: Namespace) -> int:
    """Serve until Ctrl-C."""
    folder = arguments.folder or built_page()
    if not os.path.isfile(os.path.join(folder, "index.html")):  # noqa: PTH113, PTH118
        raise NotFoundError("there is no page here: no index.html").at(file=folder)
    if not 0 <= arguments.port < 65536:
        raise UsageError(f"--port {arguments.port} is no port: 1 to 65535")
    server = served(folder, arguments.port)
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    print(f"{address} (Ctrl-C ends it)", flush=True)
    if not arguments.no_browser:
        import webbrowser

        webbrowser.open(address)
    try:
        server.serve_forever()
    finally:
        server.server_close()
    return 0


def built_page() -> str:
    """The folder of the built page: in the installed package, in the checkout it runs from, or in this one."""
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120
    built = os.path.join("web", "dist")  # noqa: PTH118
    here = [built] if os.path.isfile(os.path.join(built, "netledger.whl")) else []  # noqa: PTH113, PTH118
    places = (os.path.join(package, "_page"), os.path.join(package, "..", "..", built))  # noqa: PTH118
    for place in (*places, *here):
        if os.path.isfile(os.path.join(place, "index.html")):  # noqa: PTH113, PTH118
            return os.path.normpath(place)
    raise NotFoundError(
        "this installation does not carry the page",
        hint="in a checkout 'make page' builds it into web/dist; --folder names one built elsewhere",
    )


def served(folder: str, port: int):  # type: ignore[no-untyped-def] # http.server is imported for this command alone
    """A server of that folder on 127.0.0.1 with the page's policy on every answer."""
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    class Handler(SimpleHTTPRequestHandler):
        extensions_map = {
            **SimpleHTTPRequestHandler.extensions_map,
            ".js": "text/javascript",
            ".mjs": "text/javascript",
            ".wasm": "application/wasm",
        }

        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Cache-Control", "no-cache")
            super().end_headers()

        def log_message(self, format: str, *values: object) -> None:
            pass

        def __init__(self, *values: object) -> None:
            super().__init__(*values, directory=folder)  # type: ignore[arg-type]

    try:
        return ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise UsageError(f"port {port} cannot be had: {(error.strerror or 'in use').lower()}") from None
