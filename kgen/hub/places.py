"""Places of published models: a folder, or a folder of a web server.

A place has the files of one model. `get` copies one of them, and `pinned` is the place
as it is now.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import urllib.parse

from kgen.core.files import whole
from kgen.hub.hugging_face import HuggingFace
from kgen.hub.manifest import MANIFEST, read_manifest
from kgen.hub.reasons import missing, too_large, unreachable

REPOSITORY = re.compile(r"(\w[\w.-]*/\w[\w.-]*)(?:@([\w./-]+))?")
TIMEOUT = 30  # Seconds without an answer.
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclasses.dataclass(frozen=True)
class Folder:
    """A folder of this machine."""

    path: pathlib.Path

    def __str__(self):
        return str(self.path)

    @property
    def name(self):
        """The name of the model."""
        return self.path.name

    def pinned(self):
        """The folder itself."""
        return self

    def get(self, name, target, limit):
        """Copies a file of at most `limit` bytes to `target`.

        Raises:
            FileNotFoundError: if it is not there.
            ValueError: if it is larger.
        """
        try:
            if (self.path / name).stat().st_size > limit:
                raise too_large(self, name, limit)
            shutil.copyfile(self.path / name, target)
        except FileNotFoundError:
            raise missing(self, name) from None

    def check_put(self, private, message):
        """Raises a ValueError for other files there, or options of repositories."""
        if private or message is not None:
            raise ValueError(
                f"private and message are for hf://USER/NAME, but {self} is a folder. "
                "Leave them out."
            )
        published = (self.path / MANIFEST).exists()
        if self.path.exists() and not published and any(self.path.iterdir()):
            raise ValueError(
                f"{self} has files, but no {MANIFEST}: it is no published model. "
                "Choose an empty folder."
            )

    def put(self, source, names, private=False, message=None):
        """Copies files, each at once, and removes those of an earlier model.

        Args:
            source: `pathlib.Path` of the files.
            names: Names of the files, the manifest last.
            private: For repositories.
            message: For repositories.

        Returns:
            The folder.
        """
        try:
            text = (self.path / MANIFEST).read_text(errors="replace")
            old = read_manifest(text, self)
        except (FileNotFoundError, ValueError):  # There is none, or it is damaged.
            old = {}
        self.path.mkdir(parents=True, exist_ok=True)
        for name in names:
            with whole(self.path / name) as partial:
                shutil.copyfile(source / name, partial)
        for name in set(old) - set(names):
            (self.path / name).unlink(missing_ok=True)
        return str(self)


@dataclasses.dataclass(frozen=True)
class Web:
    """A folder of a web server."""

    address: str

    def __str__(self):
        return self.address

    @property
    def name(self):
        """The last word of the path."""
        return urllib.parse.urlsplit(self.address).path.rstrip("/").rpartition("/")[-1]

    def pinned(self):
        """The folder itself: a web server has no versions."""
        return self

    def get(self, name, target, limit):
        """Downloads a file of at most `limit` bytes to `target`.

        Raises:
            FileNotFoundError: if the server has no such file.
            ValueError: if it is larger, or if another, unsafe address sends it.
            ConnectionError: if the server does not answer, or with another error.
        """
        import requests

        address = f"{self.address.rstrip('/')}/{name}"
        try:
            with requests.get(address, stream=True, timeout=TIMEOUT) as answer:
                for part in (*answer.history, answer):  # It may come from elsewhere.
                    check_safe(part.url)
                if answer.status_code in (404, 410):
                    raise missing(self, name)
                answer.raise_for_status()
                with open(target, "wb") as file:
                    for piece in answer.iter_content(2**16):
                        file.write(piece)
                        if file.tell() > limit:
                            raise too_large(self, name, limit)
        except requests.exceptions.RequestException as error:
            raise unreachable(address, error) from error

    def check_put(self, private, message):
        """Raises a ValueError: only its owner writes to a web server."""
        raise ValueError(
            f"{self} cannot be written to. Push into a folder that the web server "
            "serves, or to hf://USER/NAME."
        )


def place_of(text):
    """The place that a text names; a text without a scheme is a folder.

    Raises:
        ValueError: for another scheme, or an incomplete name.
    """
    if not isinstance(text, (str, os.PathLike)) or not os.fspath(text):
        raise ValueError(
            f"The place {text!r} was given, but a place is a folder, https://... or "
            "hf://USER/NAME."
        )
    text = os.fspath(text)
    if "://" not in text:
        return Folder(pathlib.Path(text).expanduser())
    if not text.startswith("hf://"):
        check_safe(text)
        parts = urllib.parse.urlsplit(text)
        if parts.query or parts.fragment:
            raise ValueError(
                f"{text} has a query or a fragment, but a place is a folder: its files "
                "have addresses below it."
            )
        return Web(text)
    found = REPOSITORY.fullmatch(text.removeprefix("hf://"))
    if found is None or ".." in text:
        raise ValueError(
            f"{text} names no repository: expected hf://USER/NAME, or "
            "hf://USER/NAME@REVISION for a branch, a tag or a commit."
        )
    return HuggingFace(*found.groups())


def check_safe(address):
    """Raises a ValueError unless an address is one of https, or of this machine."""
    parts = urllib.parse.urlsplit(address)
    safe = parts.scheme == "https" or parts.scheme == "http" and parts.hostname in LOCAL
    if not safe or not parts.hostname:
        raise ValueError(
            f"{address} is no place of models: expected a folder, https://... or "
            "hf://USER/NAME. Addresses of http:// are for this machine only, as others "
            "on the way could change what they send."
        )
