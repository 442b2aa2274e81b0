# One optimiser step in one call. Numbers of the recipe: c (ints) and f (floats), see docs of Network; live:
# one flag a site, q, k, v, out, fc1, fc2 of block 0, then block 1, ...; a site that is not live has gates of
# 0.


def task_constants(self, s: Dict[str, List[Tensor]]) -> None:
    """Write past_error, the part of || S S^T - I ||^2 that past adapters alone make up. Once a task."""
    for j in range(4):
        if s["past_down"][j].numel() > 0:
            torch.copy_(s["past_error"][j], torch.sum(torch.square(self.gram_error(s["past_down"][j])), [1, 2], True))


def lowest_block(self, live: List[int], depth: int, c: Dict[str, int]) -> int:
    """The first block with a site that trains, or depth: gradients need not go below it."""
    if c["importance"] == 2:
        return 0
    for k in range(len(live)):
        if live[k] == 1:
            return k // 6
    return depth


def classify(
    self, z: Tensor, y: Tensor, s: Dict[str, List[Tensor]], share: float, total: int
) -> Tuple[Tensor, Tensor, Tensor]:
    """Cross-entropy of features z [n, D] as part of a mean over total images, correct predictions, share times the
    gradient for z. Adds share times the gradient to g_head."""
    head = s["head"]
    logits = torch.linear(z, head[0], head[1])
    chosen = torch.eq(torch.unsqueeze(y, 1), torch.arange(logits.size(1), device=y.device))  # [n, C]
    log_p = torch.log_softmax(logits, 1)
    loss = torch.div(torch.sum(torch.where(chosen, log_p, 0.0)), -float(total))
    correct = torch.sum(torch.eq(torch.argmax(logits, 1), y)).to(z.dtype)
    g = torch.div(torch.sub(torch.exp(log_p), chosen.to(z.dtype)), float(total))
    if share < 1.0:
        g = torch.mul(g, share)
    torch.add_(s["g_head"][0], torch.mm(torch.t(g), z))
    torch.add_(s["g_head"][1], torch.sum(g, [0]))
    return (loss, correct, torch.mm(g, head[0]))


def diverge(
    self, x: Tensor, z: Tensor, s: Dict[str, List[Tensor]], c: Dict[str, int], total: int
) -> Tuple[Tensor, Tensor]:
    """sum of p (log p - log q) over the entries of a feature, p = softmax of the features of images x under the
    weights reference, q = softmax(z): as part of a mean over total images, and its gradient for z."""
    log_p = torch.log_softmax(self.network(x, s["reference"], s["frozen"], c, c["kernel"]), 1)
    log_q = torch.log_softmax(z, 1)
    p = torch.exp(log_p)
    kl = torch.div(torch.sum(torch.mul(p, torch.sub(log_p, log_q))), float(total))
    return (kl, torch.div(torch.sub(torch.exp(log_q), p), float(total)))


def pass_through(
    self, x: Tensor, y: Tensor, total: int, w: List[Tensor], s: Dict[str, List[Tensor]], c: Dict[str, int],
    f: Dict[str, float], live: List[int], cast: List[List[Tensor]]
) -> Tensor:
    """Forward and backward of images x with labels y, part of a batch of total images: cross-entropy and divergence as
    part of the batch's means and correct count, m [3]. Adds to g_head and by collect()."""
    n = x.size(0)
    frozen = s["frozen"]
    depth = w[0].size(0)
    o = 4 + 8 * depth
    h = self.embed(x, frozen)
    kept = annotate(List[List[List[Tensor]]], [])
    for i in range(depth):
        keep = annotate(List[List[Tensor]], [])
        h = self.block(h, n, w, frozen, i, c, c["kernel"], keep)
        kept.append(keep)
    h = h.to(frozen[o].dtype)
    z, mean, rstd = torch.native_layer_norm(h, [h.size(1)], frozen[o], frozen[o + 1], 1e-6)
    weight = f["divergence"]
    loss, correct, g = self.classify(z, y, s, 1.0 - weight, total)
    kl = torch.zeros_like(loss)
    if weight > 0.0:
        kl, pull = self.diverge(x, z, s, c, total)
        g = torch.add(g, pull, alpha=weight)
    g = self.norm_back(g, h, mean, rstd, frozen[o], frozen[o + 1]).to(w[0].dtype)
    lowest = self.lowest_block(live, depth, c)
    for m in range(depth - lowest):
        i = depth - 1 - m
        g = self.block_back(g, n, w, i, kept[i], s, c, live, cast, i == lowest)
        kept[i] = annotate(List[List[Tensor]], [])
    return torch.stack([loss, kl, correct])


def passes(self, images: int, c: Dict[str, int]) -> int:
    """In how many parts a batch goes through the network."""
    return (images + c["pass_images"] - 1) // c["pass_images"]


def batch_through(
    self, x: Tensor, y: Tensor, w: List[Tensor], s: Dict[str, List[Tensor]], c: Dict[str, int],
    f: Dict[str, float], live: List[int], cast: List[List[Tensor]]
) -> Tensor:
    """pass_through() of a batch in the fewest equal parts of at most pass_images, so that only one part's
    activations are held."""
    n = x.size(0)
    parts = self.passes(n, c)
    size = (n + parts - 1) // parts
    sums = torch.zeros([3], dtype=s["failed"][0].dtype, device=x.device)
    for k in range(parts):
        lo = k * size
        count = min(size, n - lo)
        part = self.pass_through(
            torch.narrow(x, 0, lo, count), torch.narrow(y, 0, lo, count), n, w, s, c, f, live, cast
        )
        sums = torch.add(sums, part)
    return sums


def all_gradients(
    self, x: Tensor, y: Tensor, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float],
    live: List[int], importance: List[Tensor]
) -> Tensor:
    """See gradients(); appends the mean of |W G| of each matrix, [L P] a stack, where importance is on."""
    torch.set_grad_enabled(False)
    w = self.compose(s, c["dtype"])
    cast = self.gradient_inputs(s, c, w, self.passes(x.size(0), c))
    for g in s["grad"]:
        torch.zero_(g)
    sums = self.batch_through(x, y, w, s, c, f, live, cast)
    for one in self.finish(w, s, c, cast):
        importance.append(one)
    extra = torch.zeros_like(sums[0])
    if f["orthogonality"] > 0.0:
        for j in range(4):
            if s["down"][j].numel() > 0:
                past = s["past_down"][j]
                term = self.orthogonality(
                    s["down"][j], past, s["past_error"][j], s["free"][j], s["g_down"][j], f["orthogonality"]
                )
                extra = torch.add(extra, term)
    return torch.stack([sums[0], extra, sums[1], sums[2]])


def gradients(
    self, x: Tensor, y: Tensor, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float],
    live: List[int]
) -> Tensor:
    """Cross-entropy, weighted orthogonality term, divergence and correct count, m [4]; writes the gradient of the loss
    (see apply()) for every trainable into its g_ window. x [n, 3, side, side], y [n] within the head's rows."""
    return self.all_gradients(x, y, s, c, f, live, annotate(List[Tensor], []))


def next_batch(
    self, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float], position: int, count: int,
    seed: int
) -> Tuple[Tensor, Tensor]:
    """Pixels m [count, 3, side, side] and labels within the head's rows of the images at position in this
    epoch's order."""
    rows = torch.narrow(s["order"][0], 0, position, count)
    labels = s["labels"][0]
    y = torch.sub(torch.index_select(labels, 0, rows.to(labels.device, 4, True)), c["head_lo"])
    return (self.batch(s, c, f, seed, rows), y)


def joint_norm(self, tensors: List[Tensor]) -> Tensor:
    """The norm over all tensors together, d scalar."""
    return torch.linalg_vector_norm(torch.stack([torch.linalg_vector_norm(t, 2, None, False, dtype=7) for t in tensors]))


def clip(self, s: Dict[str, List[Tensor]], limit: float) -> Tensor:
    """The norm over all gradients, summed in fp64; scales them by min(1, limit / (norm + 1e-6)) unless limit
    is 0."""
    norm = self.joint_norm(s["grad"]).to(s["failed"][0].dtype)
    if limit > 0.0:
        torch._foreach_mul_(s["grad"], torch.clamp(torch.div(limit, torch.add(norm, 1e-6)), None, 1.0))
    return norm


def failure(self, s: Dict[str, List[Tensor]], number: Tensor) -> Tensor:
    """1 if the number is not finite or one was not before, a scalar; kept in failed."""
    now = torch.logical_not(torch.isfinite(number)).to(s["failed"][0].dtype)
    return torch.copy_(s["failed"][0], torch.maximum(s["failed"][0], now))


def squares(self, tensors: List[Tensor]) -> Tensor:
    """The sum of squares over everything that trains, in fp32 a scalar. It overflows long before a weight
    does, and so does the variance in a layer norm: its output is constant then, and the loss stays finite, at
    chance level."""
    return torch.square(self.joint_norm(tensors)).to(6)


def singles(self, tensors: List[Tensor]) -> List[List[Tensor]]:
    """Each tensor as a list of one. An op that changes the tensors of a list literal in place is taken for
    dead code and silently dropped; through a list of lists it is not."""
    return [[t] for t in tensors]


def update(
    self, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float], rates: List[float],
    failed: Tensor
) -> None:
    """Fused Adam (0), AdamW (1) or SGD (2) of each group; after a failure none of its tensors changes."""
    found = failed.to(6)
    value = self.singles(s["value"])
    grad = self.singles(s["grad"])
    m = self.singles(s["m"])
    v = self.singles(s["v"])
    t = self.singles(s["t"])
    none = annotate(List[Tensor], [])
    for k in range(len(rates)):
        if s["value"][k].numel() > 0:
            torch.add_(s["t"][k], torch.rsub(failed, 1.0).to(s["t"][k].dtype))
            lr = rates[k]
            decay = f["weight_decay"]
            b1 = f["beta1"]
            b2 = f["beta2"]
            eps = f["epsilon"]
            if c["optimizer"] == 0:
                torch._fused_adam_(
                    value[k], grad[k], m[k], v[k], none, t[k], lr=lr, beta1=b1, beta2=b2, weight_decay=decay, eps=eps,
                    amsgrad=False, maximize=False, found_inf=found
                )
            if c["optimizer"] == 1:
                torch._fused_adamw_(
                    value[k], grad[k], m[k], v[k], none, t[k], lr=lr, beta1=b1, beta2=b2, weight_decay=decay, eps=eps,
                    amsgrad=False, maximize=False, found_inf=found
                )
            if c["optimizer"] == 2:
                momentum = annotate(List[Tensor], [])
                if f["momentum"] > 0.0:
                    momentum.append(s["m"][k])
                torch._fused_sgd_(
                    value[k], grad[k], momentum, weight_decay=decay, momentum=f["momentum"], lr=lr, dampening=0.0,
                    nesterov=False, maximize=False, is_first_step=False, found_inf=found
                )


def smooth(self, s: Dict[str, List[Tensor]], f: Dict[str, float], importance: List[Tensor], failed: Tensor) -> None:
    """Sensitivity e = b1 e + (1 - b1) v, then uncertainty u = b2 u + (1 - b2) |v - e| with the new e; v =
    mean |W G|."""
    b1 = f["sensitivity_decay"]
    b2 = f["uncertainty_decay"]
    off = torch.gt(failed, 0.0)
    for j in range(len(importance)):
        v = importance[j]
        if v.numel() > 0:
            e = s["sensitivity"][j]
            u = s["uncertainty"][j]
            new_e = torch.add(torch.mul(e, b1), v, alpha=1.0 - b1)
            new_u = torch.add(torch.mul(u, b2), torch.abs(torch.sub(v, new_e)), alpha=1.0 - b2)
            torch.copy_(e, torch.where(off, e, new_e))
            torch.copy_(u, torch.where(off, u, new_u))


def step(
    self, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float], live: List[int], position: int,
    count: int, seed: int, rates: List[float]
) -> Tensor:
    """One optimiser step on the images at position in this epoch's order. Cross-entropy, weighted
    orthogonality term, divergence, loss, gradient norm before the clip, correct predictions, failed flag: m [7].
    Once set, the flag stays; a step that fails before its update changes no tensor."""
    torch.set_grad_enabled(False)
    x, y = self.next_batch(s, c, f, position, count, seed)
    importance = annotate(List[Tensor], [])
    parts = self.all_gradients(x, y, s, c, f, live, importance)
    return self.apply(s, c, f, parts, importance, rates)


def steps(
    self, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float], live: List[int], position: int,
    batch: int, end: int, seeds: List[int], rates: List[float]
) -> Tensor:
    """step() on one batch after the other, from position to end in this epoch's order, a seed each; m [k, 7]. A
    device then waits for the host once and not k times."""
    each = annotate(List[Tensor], [])
    for k in range(len(seeds)):
        at = position + k * batch
        each.append(self.step(s, c, f, live, at, min(batch, end - at), seeds[k], rates))
    return torch.stack(each)


def apply(
    self, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float], parts: Tensor,
    importance: List[Tensor], rates: List[float]
) -> Tensor:
    """The end of a step: clip, finite check, optimiser, importance averages, check of what has become of the
    weights; the step's tally. A divergence of weight v takes its share from the cross-entropy: the loss is
    (1 - v) cross-entropy + v divergence + the orthogonality term."""
    loss = torch.add(parts[0], parts[1])
    weight = f["divergence"]
    if weight > 0.0:
        loss = torch.add(torch.add(torch.mul(parts[0], 1.0 - weight), parts[2], alpha=weight), parts[1])
    norm = self.clip(s, f["clip"])
    failed = self.failure(s, torch.add(loss, norm))
    self.update(s, c, f, rates, failed)
    if c["importance"] > 0:
        self.smooth(s, f, importance, failed)
    return torch.stack([parts[0], parts[1], parts[2], loss, norm, parts[3], self.failure(s, self.squares(s["value"]))])


def full_step(
    self, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float], position: int, count: int,
    seed: int, rates: List[float]
) -> Tensor:
    """step() for full fine-tuning: autograd over all weights, in the order of frozen, four stacks, head. Attention by
    products, because the gradient that autograd takes of the fused one sums with atomics on CUDA."""
    torch.set_grad_enabled(False)
    c = torch.copy(c)
    c["fused"] = 0
    c["importance"] = 0
    x, y = self.next_batch(s, c, f, position, count, seed)
    torch.set_grad_enabled(True)
    leaves = annotate(List[Tensor], [])
    for weight in s["weights"]:
        leaves.append(torch.detach(weight).requires_grad_(True))
    z = self.full_features(x, leaves, c)
    logits = torch.linear(z, leaves[len(leaves) - 2], leaves[len(leaves) - 1])
    loss = torch.cross_entropy_loss(logits, y)
    got = torch.autograd.grad([loss], leaves, annotate(List[Optional[Tensor]], [None]), None, False, True)
    torch.set_grad_enabled(False)
    for k in range(len(leaves)):
        g = got[k]
        if g is not None:
            torch.copy_(s["g_weights"][k], g)
        else:
            torch.zero_(s["g_weights"][k])
    correct = torch.sum(torch.eq(torch.argmax(logits, 1), y)).to(loss.dtype)
    none = torch.zeros_like(correct)
    parts = torch.stack([torch.detach(loss), none, none, correct])
    return self.apply(s, c, f, parts, annotate(List[Tensor], []), rates)


def full_steps(
    self, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float], position: int, batch: int,
    end: int, seeds: List[int], rates: List[float]
) -> Tensor:
    """steps() for full fine-tuning."""
    each = annotate(List[Tensor], [])
    for k in range(len(seeds)):
        at = position + k * batch
        each.append(self.full_step(s, c, f, at, min(batch, end - at), seeds[k], rates))
    return torch.stack(each)


def full_features(self, x: Tensor, weights: List[Tensor], c: Dict[str, int]) -> Tensor:
    """Features m [n, D] of weights in the order of full_step(); libtorch's kernels, which autograd knows."""
    depth = (len(weights) - 12) // 8
    o = 4 + 8 * depth
    frozen = annotate(List[Tensor], [])
    for k in range(o + 2):
        normal = k >= o or (k >= 4 and ((k - 4) % 8) % 4 < 2 and not weights[k].is_cuda)
        if normal:
            frozen.append(weights[k])
        else:
            frozen.append(weights[k].to(c["dtype"]))
    w = [weights[o + 2 + j].to(c["dtype"]) for j in range(4)]
    return self.network(x, w, frozen, c, 0)
