# Head alignment: the head alone is trained on features drawn from what is known of each class. K Gaussians:
# clusters with variances, or classes with covariances. Only the rows that are used are drawn.


def class_samples(self, mean: Tensor, spread: Tensor, rows: Tensor, noise: Tensor) -> Tensor:
    """mean + deviation * noise, m [q, D]: row i from Gaussian rows[i]. spread [K, D]: variances, 1e-4 is
    added; [K, D, D]: covariances, 1e-4 is in; their lower Cholesky factor is the deviation."""
    middle = torch.index_select(mean, 0, rows)
    if len(spread.shape) == 2:
        deviation = torch.sqrt_(torch.add_(torch.index_select(spread, 0, rows), 1e-4))
        return torch.add_(middle, torch.mul_(deviation, noise))
    lower = torch.linalg_cholesky(spread.to(7)).to(mean.dtype)
    order = torch.argsort(rows, stable=True, dim=0, descending=False)
    counts = torch.bincount(rows, None, spread.size(0))
    sorted = torch.index_select(noise, 0, order)
    parts = annotate(List[Tensor], [])
    at = 0
    for k in range(spread.size(0)):
        count = int(counts[k])
        parts.append(torch.mm(torch.narrow(sorted, 0, at, count), torch.t(lower[k])))
        at = at + count
    return torch.add(middle, torch.index_select(torch.cat(parts), 0, torch.argsort(order)))


def scale_rows(self, rows: Tensor, factors: Tensor) -> Tensor:
    """Multiplies each row [K, D] with its factor [K], in place."""
    return torch.mul_(rows, torch.unsqueeze(factors, 1))


def head_lengths(self, logits: Tensor, heads: List[int]) -> Tensor:
    """The length of each head's part of the logits [n, C], [n, heads]; heads: how many classes each has."""
    parts = torch.split_with_sizes(logits, heads, 1)
    return torch.stack([torch.linalg_vector_norm(p, 2, [1]) for p in parts], 1)


def scaled_logits(self, logits: Tensor, heads: List[int], temperature: float) -> Tensor:
    """Logits [n, C] divided by the mean over heads of the length of their part, and by the temperature."""
    mean = torch.mean(torch.add(self.head_lengths(logits, heads), 1e-7), [1], True)
    return torch.div(torch.div(logits, mean), temperature)


def scaled_logits_back(self, g: Tensor, logits: Tensor, heads: List[int], temperature: float) -> Tensor:
    """From the gradient of scaled_logits() to that of the logits, which passes through their lengths too; at length 0
    that of a length is 0."""
    lengths = self.head_lengths(logits, heads)
    mean = torch.mean(torch.add(lengths, 1e-7), [1], True)
    g = torch.div(g, torch.mul(mean, temperature))
    along = torch.div(torch.sum(torch.mul(g, logits), [1], True), torch.mul(mean, float(len(heads))))
    each = annotate(List[Tensor], [])
    parts = torch.split_with_sizes(logits, heads, 1)
    for k in range(len(heads)):
        length = torch.clamp(torch.narrow(lengths, 1, k, 1), 1e-30)
        each.append(torch.div(parts[k], length))
    return torch.sub(g, torch.mul(torch.cat(each, 1), along))


def align_steps(
    self, samples: Tensor, labels: Tensor, weight: Tensor, bias: Tensor, velocity_w: Tensor,
    velocity_b: Tensor, seen: int, rate: float, momentum: float, per_step: int, decay: float,
    temperature: float, heads: List[int]
) -> Tensor:
    """SGD with momentum and weight decay on rows < seen of a head [C, D], [C], per_step samples a step; changes head
    and velocities in place. Logits of other classes do not exist; with a temperature above 0 they are those of
    scaled_logits(). Losses m [steps]."""
    torch.set_grad_enabled(False)
    w = torch.narrow(weight, 0, 0, seen)
    b = torch.narrow(bias, 0, 0, seen)
    vw = torch.narrow(velocity_w, 0, 0, seen)
    vb = torch.narrow(velocity_b, 0, 0, seen)
    chosen = torch.eq(torch.unsqueeze(labels, 1), torch.arange(seen, device=labels.device)).to(samples.dtype)
    losses = annotate(List[Tensor], [])
    for i in range(samples.size(0) // per_step):
        x = torch.narrow(samples, 0, i * per_step, per_step)
        y = torch.narrow(chosen, 0, i * per_step, per_step)
        logits = torch.linear(x, w, b)
        scores = logits
        if temperature > 0.0:
            scores = self.scaled_logits(logits, heads, temperature)
        log_p = torch.log_softmax(scores, 1)
        losses.append(torch.div(torch.sum(torch.mul(log_p, y)), -float(per_step)))
        g = torch.div(torch.sub(torch.exp(log_p), y), float(per_step))
        if temperature > 0.0:
            g = self.scaled_logits_back(g, logits, heads, temperature)
        gw = torch.mm(torch.t(g), x)
        gb = torch.sum(g, [0])
        if decay > 0.0:
            gw = torch.add(gw, w, alpha=decay)
            gb = torch.add(gb, b, alpha=decay)
        torch.add_(torch.mul_(vw, momentum), gw)
        torch.add_(torch.mul_(vb, momentum), gb)
        torch.sub_(w, vw, alpha=rate)
        torch.sub_(b, vb, alpha=rate)
    return torch.stack(losses)


def align_epoch(
    self, mean: Tensor, spread: Tensor, labels: Tensor, per_step: int, iterations: int, seed: int,
    weight: Tensor, bias: Tensor, velocity_w: Tensor, velocity_b: Tensor, seen: int, rate: float,
    momentum: float, decay: float, temperature: float, heads: List[int]
) -> Tensor:
    """One epoch of align_steps(), losses m [iterations], on rows drawn without replacement from a pool in
    which each of the K Gaussians (labels i64 [K]) stands per_step times. If the square of a weight that is
    left overflows, no loss is a number: after the last step there is no later loss to tell of it."""
    generator = torch.Generator(device="cpu", seed=seed)
    used = per_step * iterations
    pool = torch.randperm(mean.size(0) * per_step, generator=generator)
    rows = torch.floor_divide(torch.narrow(pool, 0, 0, used), per_step).to(mean.device)
    noise = torch.randn([used, mean.size(1)], dtype=6, generator=generator).to(mean.device, mean.dtype, False)
    samples = self.class_samples(mean, spread, rows, noise)
    y = torch.index_select(labels, 0, rows)
    losses = self.align_steps(
        samples, y, weight, bias, velocity_w, velocity_b, seen, rate, momentum, per_step, decay, temperature, heads
    )
    return torch.add(losses, torch.mul(self.squares([weight, bias]), 0.0))
