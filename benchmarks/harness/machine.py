"""The machine and the packages that a figure was measured with."""

import os
import platform


def machine():
    """Processor, cores, memory, accelerators and versions, as JSON types by name."""
    import keras
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    details = (tf.config.experimental.get_device_details(d) for d in devices)
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 1e9, 1),
        "accelerators": [found.get("device_name", "GPU") for found in details],
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }


def processor():
    """Name of the processor's model."""
    try:
        with open("/proc/cpuinfo") as file:
            lines = dict(line.split(":", 1) for line in file if ":" in line)
    except OSError:  # Another system than Linux.
        return platform.processor()
    names = {name.strip(): value.strip() for name, value in lines.items()}
    return names.get("model name", platform.machine())
