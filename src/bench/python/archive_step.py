"""One training step of the service's own programs, loaded as a TorchScript archive: the state that AdapterSession would build.

LoRAC-IPC after `task` tasks, nothing frozen, random weights and pictures, as p2_careful_pytorch.py has it. Letters and keys as in
src/main/torch/adapters.py.
"""

import torch

CLASSES_OF_TASK, DEPTH, PATCH, SIDE = 10, 12, 16, 224
PARTS = (3, 1, 1, 1)  # matrices of qkv, out, fc1, fc2
MOST_STEPS = 10  # of one call
CODES = {"fp32": 6, "bf16": 15}


def numbers(heads, precision, batch, importance, dense, side, fused):
    """c and f, docs of Network and SessionSetup; pictures of another side than the network's are cropped and flipped."""
    crops = int(side != SIDE)
    c = {
        "heads": heads, "dtype": CODES[precision], "kernel": 0, "fused": fused, "pass_images": batch, "side": SIDE,
        "augment": crops, "flip": crops, "train_filter": 0, "optimizer": 0, "head_lo": 0, "importance": importance, "dense": dense,
    }  # fmt: skip
    f = {
        "crop_min": 0.08, "crop_max": 1.0, "brightness": 0.0, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.0,
        "momentum": 0.0, "clip": 1.0, "orthogonality": 0.5, "sensitivity_decay": 0.85, "uncertainty_decay": 0.85,
    } | {name + str(k): 0.5 for name in ("mean", "std") for k in range(3)}  # fmt: skip
    return c, f


def group(s, shapes):
    """Trainables of one learning rate: windows [(key, shape)] of one flat value and of its gradient."""
    flat = [torch.zeros(sum(torch.Size(shape).numel() for _, shape in shapes)) for _ in range(4)]
    for key, tensor in zip(("value", "grad", "m", "v"), flat):
        s[key].append(tensor)
    s["t"].append(torch.zeros(()))
    offset = 0
    for key, shape in shapes:
        size = torch.Size(shape).numel()
        s[key].append(flat[0][offset : offset + size].view(shape))
        s["g_" + key].append(flat[1][offset : offset + size].view(shape))
        offset += size


def state(width, task, batch, rank, dtype, side):
    """The map s; call it under a torch.device."""
    torch.manual_seed(0)
    keys = "frozen base down up omega head past_down past_up gate past_gate free past_error value grad m v t sensitivity uncertainty "
    s = {key: [] for key in (keys + "pixels labels order failed g_down g_up g_omega g_head").split()}
    s["failed"] = [torch.zeros(())]
    sizes = ((width, width), (width, width), (width, 4 * width), (4 * width, width))  # in, out of one matrix
    shapes = [(p, o, i) for p, (i, o) in zip(PARTS, sizes)]
    tokens = (SIDE // PATCH) ** 2 + 1
    norm = lambda of: [torch.ones(width, dtype=of), torch.zeros(width, dtype=of)]  # noqa: E731
    of_blocks = torch.float32 if s["failed"][0].device.type == "cpu" else dtype
    bias = lambda size: torch.zeros(size, dtype=dtype)  # noqa: E731
    drawn = lambda *shape: torch.randn(*shape) * 0.02  # noqa: E731
    s["frozen"] = [drawn(width, 3 * PATCH**2).to(dtype), bias(width), bias((1, 1, width)), drawn(1, tokens, width).to(dtype)]
    for _ in range(DEPTH):
        s["frozen"] += [*norm(of_blocks), bias(3 * width), bias(width), *norm(of_blocks), bias(4 * width), bias(width)]
    s["frozen"] += norm(torch.float32)
    group(s, [("down", (DEPTH, p, rank, i)) for p, _, i in shapes] + [("up", (DEPTH, p, o, rank)) for p, o, _ in shapes])
    group(s, [("omega", (DEPTH, p, task)) for p, _, _ in shapes])
    group(s, [("head", (CLASSES_OF_TASK, width)), ("head", (CLASSES_OF_TASK,))])
    for j, (p, o, i) in enumerate(shapes):
        s["base"].append(drawn(DEPTH, p * o, i))
        s["down"][j].uniform_(-(rank**-0.5), rank**-0.5)
        s["omega"][j].fill_(1 / rank)
        s["past_down"].append(torch.empty(DEPTH, p, task * rank, i).uniform_(-(rank**-0.5), rank**-0.5) if task else torch.zeros(0))
        s["past_up"].append(drawn(DEPTH, p, o, task * rank) if task else torch.zeros(0))
        s["gate"].append(torch.full((DEPTH, p, 1, 1), 1 / rank))
        s["past_gate"].append(torch.full((DEPTH, p, 1), float(task > 0)))
        s["free"].append(torch.ones(DEPTH, p))
        for key, shape in (("past_error", (DEPTH * p, 1, 1)), ("sensitivity", (DEPTH * p,)), ("uncertainty", (DEPTH * p,))):
            s[key].append(torch.zeros(shape))
    if not task:
        s["omega"], s["g_omega"] = ([torch.zeros(0) for _ in shapes] for _ in range(2))
    s["head"][0].copy_(drawn(CLASSES_OF_TASK, width))
    s["pixels"] = [torch.randint(256, (batch, 3, side, side), dtype=torch.uint8)]
    s["labels"] = [torch.randint(CLASSES_OF_TASK, (batch,))]
    s["order"] = [torch.arange(batch, device="cpu").repeat(MOST_STEPS)]
    return s


def trainer(archive, width, heads, task, batch, precision="bf16", importance=0, dense=0, side=SIDE, rank=16, device="cuda"):
    """A function that runs some steps in one call, as the service does. dense: factor gradients from the weight's."""
    ops = torch.jit.load(archive)
    torch._C._set_graph_executor_optimize(False)  # the eager executor, as in the service
    fused = int(precision == "bf16" and device != "cpu")
    c, f = numbers(heads, precision, batch, importance, dense, side, fused)
    with torch.device(device):
        s = state(width, task, batch, rank, torch.bfloat16 if precision == "bf16" else torch.float32, side)
    if task:
        ops.task_constants(s)
    live = [1] * (6 * DEPTH)
    return lambda count: ops.steps(s, c, f, live, 0, batch, count * batch, list(range(count)), [1.5e-3] * 3)
