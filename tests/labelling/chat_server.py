"""A stand-in for a server with the chat interface: real HTTP, and every way in which an answer goes wrong."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD = {
    "symptom": "crash",
    "cause": "type_problem",
    "cause_detail": "tensor",
    "location": "export",
    "unsure": False,
    "rationale": "r",
}


def completion(content: str, *, reason: str = "stop", refusal: str | None = None) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, "refusal": refusal}
    usage = {"prompt_tokens": 100, "completion_tokens": 10}
    return {"model": "stand-in-1", "choices": [{"message": message, "finish_reason": reason}], "usage": usage}


class ChatServer:
    """Answers by a function of the issue's name and of how often it was asked; remembers what it was sent."""

    def __init__(self, answer: Callable[[str, int], object]) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.requests.append(body)
                outer.headers.append(dict(self.headers))
                issue = json.loads(body["messages"][1]["content"])["issue"]
                asked = sum(json.loads(each["messages"][1]["content"])["issue"] == issue for each in outer.requests)
                found = answer(issue, asked)
                if isinstance(found, float):  # silence
                    time.sleep(found)
                    return
                status, text = found if isinstance(found, tuple) else (200, json.dumps(found))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", text)
                if status == 429:
                    self.send_header("Retry-After", "0")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> "ChatServer":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
