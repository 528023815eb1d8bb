"""``python -m demo.github_server``: serve a made-up population, to try the commands without GitHub."""

import argparse
import threading

from demo.github_server.population import generate
from demo.github_server.server import GitHubServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.github_server", description=__doc__)
    parser.add_argument("--issues", type=int, default=500, help="issues a repository (default: 500)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the population (default: 1)")
    parser.add_argument("--port", type=int, default=0, help="port (default: a free one)")
    arguments = parser.parse_args()
    sizes = dict.fromkeys(("pytorch/pytorch", "onnx/tensorflow-onnx"), arguments.issues)
    with GitHubServer(generate(arguments.seed, sizes), port=arguments.port) as server:
        print(f"serving on {server.url}; stop with Ctrl-C", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()
