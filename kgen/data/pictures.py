"""Files of pictures: those that cannot be read are named before they are."""

import os
import pathlib
import warnings

READ = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
# A picture is held whole before it is resized, at 12 bytes for each pixel.
MAX_PIXELS = 2**26


def pictures_in(path):
    """The pictures in a folder and its subfolders, each with a header that can be read.

    Args:
        path: The folder. Hidden files and folders in it are passed over.

    Returns:
        List of `pathlib.Path`, sorted.

    Raises:
        ValueError: for a picture that is empty, broken or has more than `MAX_PIXELS`
            pixels, by its path.
    """
    found, left_out = [], []
    for folder, folders, names in os.walk(path, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                kept = found if name.lower().endswith(READ) else left_out
                kept.append(pathlib.Path(folder, name))
    if left_out:
        some = ", ".join(sorted(str(p.relative_to(path)) for p in left_out)[:3])
        warnings.warn(
            f"{len(left_out)} files in {os.fspath(path)!r} are left out, as they end "
            f"in none of {', '.join(READ)}: {some}{', ...' * (len(left_out) > 3)}. "
            "Convert them if they are pictures.",
            stacklevel=2,
        )
    for picture in sorted(found):
        check_picture(picture)
    return sorted(found)


def check_picture(path, decode=False):
    """Raises a ValueError unless a picture can be read, and is of a size for that.

    Args:
        path: The file.
        decode: Whether all of it is read, instead of what costs no time.
    """
    from PIL import Image

    wrong = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of many pixels: that is said below.
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            with Image.open(path) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS:
                    wrong = (
                        f"has {width} x {height} pixels, but at most {MAX_PIXELS:,} "
                        "are read. Make it smaller"
                    )
                elif decode:
                    picture.load()
                else:
                    picture.verify()
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            reason = "is empty" if not os.path.getsize(path) else "cannot be read"
            wrong = f"{reason} as a picture ({type(error).__name__}). Restore it"
        finally:
            Image.MAX_IMAGE_PIXELS = limit
    if wrong:
        raise ValueError(f"{os.fspath(path)} {wrong}, or remove it from the folder.")
