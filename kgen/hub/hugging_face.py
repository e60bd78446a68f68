"""A repository of Hugging Face as a place of a model; needs huggingface_hub."""

import contextlib
import dataclasses
import os
import pathlib
import shutil
import tempfile

from kgen.hub.manifest import LIMIT, MANIFEST, read_manifest
from kgen.hub.reasons import missing, sentence_of, too_large, unreachable


@dataclasses.dataclass(frozen=True)
class HuggingFace:
    """A repository of models on Hugging Face, or on the server at `HF_ENDPOINT`."""

    repository: str
    revision: str | None = None

    def __str__(self):
        revision = f"@{self.revision}" if self.revision else ""
        return f"hf://{self.repository}{revision}"

    @property
    def name(self):
        """The name of the repository, without its owner."""
        return self.repository.partition("/")[2]

    def pinned(self):
        """The place at its present commit: all files are from one push."""
        return HuggingFace(self.repository, self._described(MANIFEST).commit_hash)

    def get(self, name, target, limit):
        """Downloads a file of at most `limit` bytes to `target`.

        Raises:
            FileNotFoundError: if the repository, its revision or the file is missing,
                or if it is private and the token may not read it.
            ValueError: if the file is larger.
            ConnectionError: if the server does not answer.
            ImportError: without huggingface_hub.
        """
        if (self._described(name).size or 0) > limit:
            raise too_large(self, name, limit)
        hub = package()
        with self.asking(name), tempfile.TemporaryDirectory() as folder:
            path = hub.hf_hub_download(
                self.repository,
                name,
                revision=self.revision,
                endpoint=endpoint(),
                # A folder of its own, as the package's cache hides a dead network.
                local_dir=folder,
            )
            shutil.copyfile(path, target)

    def check_put(self, private, message):
        """Needs nothing but the package; the server tells the rest."""
        package()

    def put(self, source, names, private=False, message=None):
        """One commit with all files of a published model; others of it are removed.

        Args:
            source: `pathlib.Path` of the files.
            names: Names of the files, the manifest among them.
            private: Whether the repository is private.
            message: Message of the commit, or `None`.

        Returns:
            The address of the repository.

        Raises:
            ValueError: for a public repository, if a private one is wanted.
            ConnectionError: if the server does not answer, or refuses.
        """
        hub = package()
        interface = hub.HfApi(endpoint=endpoint())
        with self.asking(MANIFEST, "cannot be written to"):
            # Without `private` the owner's default decides.
            made = {"private": True} if private else {}
            interface.create_repo(self.repository, exist_ok=True, **made)
            if private and not interface.model_info(self.repository).private:
                raise ValueError(
                    f"{self} is public already, but private=True was given. Choose "
                    "another name, or make it private on its page."
                )
            if self.revision:
                interface.create_branch(
                    self.repository, branch=self.revision, exist_ok=True
                )
        gone = set(self.published()) - set(names)
        with self.asking(MANIFEST, "cannot be written to"):
            found = interface.create_commit(
                self.repository,
                [hub.CommitOperationAdd(name, source / name) for name in names]
                + [hub.CommitOperationDelete(name) for name in sorted(gone)],
                commit_message=message or "A model of kgen",
                revision=self.revision,
            )
        return str(found.repo_url)

    def published(self):
        """The names of the files that the last push has left."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, MANIFEST)
            try:
                self.get(MANIFEST, path, LIMIT)
                return list(read_manifest(path.read_text(errors="replace"), self))
            except (FileNotFoundError, ValueError):  # None yet, or none of kgen.
                return []

    def _described(self, name):
        hub = package()
        with self.asking(name):
            address = hub.hf_hub_url(
                self.repository, name, revision=self.revision, endpoint=endpoint()
            )
            return hub.get_hf_file_metadata(address, endpoint=endpoint())

    @contextlib.contextmanager
    def asking(self, name, doing=None):
        """A context in which errors of the package become those of a place.

        Args:
            name: Name of the file that is asked for.
            doing: What cannot be done, for errors of writing.
        """
        errors = package().errors
        denied = (
            "there is no such repository, or your token does not open it. `hf auth "
            "login` stores a token"
        )
        try:
            yield
        except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled) as error:
            raise unreachable(self, error) from error
        except errors.RepositoryNotFoundError as error:
            if doing:
                raise ConnectionError(f"{self} {doing}: {denied}.") from error
            raise FileNotFoundError(f"{self}: {denied}.") from error
        except errors.RevisionNotFoundError as error:
            raise FileNotFoundError(
                f"{self.repository} has no revision {self.revision!r}."
            ) from error
        except errors.EntryNotFoundError as error:
            raise missing(self, name) from error
        except errors.HTTPError as error:
            if not doing:
                raise unreachable(self, error) from error
            raise ConnectionError(
                f"{self} {doing}: {sentence_of(error)}. `hf auth login` stores a "
                "token, which needs the right to write."
            ) from error


def package():
    """huggingface_hub, with its errors; an ImportError says how to install it."""
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ImportError as error:
        raise ImportError(
            "Places hf://... need huggingface_hub, not installed here: pip install "
            "'kgen[hub]'."
        ) from error
    return huggingface_hub


def endpoint():
    """The server of Hugging Face's interface, as it is set now; `None` for theirs."""
    return os.environ.get("HF_ENDPOINT") or None
