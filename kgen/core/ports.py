"""Ports of this machine to listen at."""

import contextlib
import socket


@contextlib.contextmanager
def listening(host, port):
    """Context with a socket that listens.

    Raises:
        OSError: if the port cannot be had.
    """
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise OSError(
            f"The port {port} of {host} cannot be used: {error}. Pass another --port."
        ) from error
    with listener:
        yield listener
