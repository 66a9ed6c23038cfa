"""Put back what torch keeps for the whole process."""

import random
import sys

import numpy as np
import torch

THREADS = torch.get_num_threads()
PRINTING_OF_NUMPY = np.get_printoptions()
FLAGS = [
    (module, name, getattr(module, name))
    for module, names in (
        (torch.backends.cudnn, ("allow_tf32", "benchmark", "deterministic", "enabled")),
        (torch.utils.deterministic, ("fill_uninitialized_memory",)),
    )
    for name in names
]

PYTREES = [
    (set(registry), registry)
    for registry in (
        torch.utils._pytree.SUPPORTED_NODES,
        torch.utils._pytree.SUPPORTED_SERIALIZED_TYPES,
        torch.utils._pytree.SERIALIZED_TYPE_TO_PYTHON_TYPE,
    )
]


def reset() -> None:
    """Set torch's global settings as they are when a process starts.

    One setting differs: warnings that torch prints once a process are given each
    time, so that a page sees them whatever ran before it.
    """
    torch.set_warn_always(True)
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.set_printoptions(profile="default")
    torch.set_num_threads(THREADS)
    torch.set_grad_enabled(True)
    torch.autograd.set_detect_anomaly(False)
    torch.autograd.set_multithreading_enabled(True)
    for device in ("cpu", "cuda"):
        torch.set_autocast_enabled(device, False)
    torch.set_float32_matmul_precision("highest")
    if torch.get_deterministic_debug_mode():  # the call imports all of the compiler
        torch.use_deterministic_algorithms(False)
    for module, name, value in FLAGS:
        setattr(module, name, value)
    torch.__future__.set_overwrite_module_params_on_conversion(False)
    torch.__future__.set_swap_module_params_on_conversion(False)
    torch.serialization.clear_safe_globals()
    for name, hooks in vars(torch.nn.modules.module).items():
        if name.startswith("_global_") and isinstance(hooks, dict):
            hooks.clear()  # those of all modules: torch has no public way
    reset_compiler()
    reset_distributed()
    for known, registry in PYTREES:
        for kind in set(registry) - known:
            del registry[kind]
    np.set_printoptions(**PRINTING_OF_NUMPY)
    # seed afresh: a page that prints random numbers must seed visibly
    torch.seed()
    random.seed()
    np.random.seed(None)


def reset_compiler() -> None:
    """Forget what was compiled and how it was to be; end the workers that compile."""
    if "torch._dynamo" in sys.modules:
        torch._dynamo.reset()
        for entry in torch._dynamo.config._config.values():
            entry.user_override.set(torch.utils._config_module._UNSET_SENTINEL)
    if compiling := sys.modules.get("torch._inductor.async_compile"):
        compiling.shutdown_compile_workers()
        if compiling.AsyncCompile.pool.cache_info().currsize:
            compiling.AsyncCompile.pool().shutdown()
            compiling.AsyncCompile.pool.cache_clear()


def reset_distributed() -> None:
    """End the process groups of the page, and forget its device meshes."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
    if meshes := sys.modules.get("torch.distributed.device_mesh"):
        meshes._mesh_resources.mesh_stack.clear()


def device() -> str:
    """Return the name of the device that pages run on."""
    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else "CPU"
