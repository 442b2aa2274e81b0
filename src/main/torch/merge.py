# Merge rules: what several sources add to the weights of one site becomes one change. A source adds the sum of factor
# up down over its adapters and, maybe, a dense change; products first, then whatever the rule does with their entries:
# a rule over factors would be another network. Everything in fp64 (d), one source after the other, so that memory does
# not grow with their number. What every rule is told:
#   down, up       [r, in], [out, r] of each adapter
#   owner, factor  which source it belongs to, and what it counts there
#   dense          of each source [out, in], or empty


def source_change(
    self, source: int, down: List[Tensor], up: List[Tensor], owner: List[int], factor: List[float],
    dense: List[Tensor]
) -> Tensor:
    """What one source adds, d [out, in]."""
    change = dense[source].to(7)
    for k in range(len(down)):
        if owner[k] == source:
            product = torch.mul(torch.mm(up[k].to(7), down[k].to(7)), factor[k])
            if change.numel() == 0:
                change = product
            else:
                change = torch.add(change, product)
    return change


def added(self, total: Tensor, change: Tensor) -> Tensor:
    """total + change, where either is empty for nothing."""
    if change.numel() == 0:
        return total
    if total.numel() == 0:
        return change
    return torch.add(total, change)


def merge_linear(
    self, down: List[Tensor], up: List[Tensor], owner: List[int], factor: List[float], dense: List[Tensor],
    weights: List[float], dtype: int
) -> Tensor:
    """The sum of weight times change, [out, in]."""
    total = torch.empty([0], dtype=7)
    for source in range(len(weights)):
        change = self.source_change(source, down, up, owner, factor, dense)
        total = self.added(total, torch.mul(change, weights[source]))
    return total.to(dtype)


def merge_largest(
    self, down: List[Tensor], up: List[Tensor], owner: List[int], factor: List[float], dense: List[Tensor],
    coefficient: float, dtype: int
) -> Tensor:
    """Each entry from the source with the largest magnitude, a later one of equals; [out, in]. A source that adds
    nothing here has zeros."""
    best = torch.empty([0], dtype=7)
    for source in range(len(dense)):
        change = self.source_change(source, down, up, owner, factor, dense)
        if best.numel() == 0:
            best = change
        elif change.numel() > 0:
            best = torch.where(torch.ge(torch.abs(change), torch.abs(best)), change, best)
    return torch.mul(best, coefficient).to(dtype)


def draw_sources(self, seed: int, shape: List[int], count: int) -> Tensor:
    """Which source each entry is taken from, i64, on the CPU."""
    return torch.randint(0, count, shape, generator=torch.Generator(device="cpu", seed=seed), dtype=4)


def merge_drawn(
    self, down: List[Tensor], up: List[Tensor], owner: List[int], factor: List[float], dense: List[Tensor],
    drawn: Tensor, coefficient: float, dtype: int
) -> Tensor:
    """Each entry from the source drawn for it, i64 [out, in]; zero where that adds nothing."""
    result = torch.zeros(drawn.size(), dtype=7, device=drawn.device)
    for source in range(len(dense)):
        change = self.source_change(source, down, up, owner, factor, dense)
        if change.numel() > 0:
            result = torch.where(torch.eq(drawn, source), change, result)
    return torch.mul(result, coefficient).to(dtype)


def draw_kept(self, seed: int, shape: List[int], drop: float) -> Tensor:
    """Which entries of each source are kept, u8 [sources, out, in], on the CPU; each is dropped by itself."""
    u = torch.rand(shape, dtype=6, generator=torch.Generator(device="cpu", seed=seed))
    return torch.ge(u, drop).to(0)


def merge_dropped(
    self, down: List[Tensor], up: List[Tensor], owner: List[int], factor: List[float], dense: List[Tensor],
    kept: Tensor, drop: float, coefficient: float, dtype: int
) -> Tensor:
    """The sum of the kept entries, u8 [sources, out, in], each divided by the share that is kept; [out, in]."""
    total = torch.zeros([kept.size(1), kept.size(2)], dtype=7, device=kept.device)
    for source in range(len(dense)):
        change = self.source_change(source, down, up, owner, factor, dense)
        if change.numel() > 0:
            total = torch.add(total, torch.mul(change, kept[source]))
    return torch.mul(torch.div(total, 1.0 - drop), coefficient).to(dtype)


def trimmed(self, change: Tensor, keep: float) -> Tensor:
    """The floor(keep n) entries of largest magnitude, of equals those that come first row by row; the others 0."""
    magnitude = torch.abs(torch.view(change, [-1]))
    values, order = torch.sort(magnitude, stable=True, dim=0, descending=True)
    kept = torch.zeros_like(magnitude)
    torch.index_fill_(kept, 0, torch.narrow(order, 0, 0, int(keep * float(change.numel()))), 1.0)
    return torch.mul(change, torch.view(kept, change.size()))


def merge_ties(
    self, down: List[Tensor], up: List[Tensor], owner: List[int], factor: List[float], dense: List[Tensor],
    keep: float, coefficient: float, dtype: int
) -> Tensor:
    """TIES: each source trimmed; an entry's sign elected by the sum, where that is 0 by the majority of the site's signs,
    and minus where that is 0 too; the mean of what has the sign. [out, in]"""
    total = torch.empty([0], dtype=7)
    for source in range(len(dense)):
        change = self.source_change(source, down, up, owner, factor, dense)
        if change.numel() > 0:
            total = self.added(total, self.trimmed(change, keep))
    sign = torch.sign(total)
    above = torch.gt(torch.sum(sign), 0.0).to(7)
    majority = torch.sub(torch.mul(above, 2.0), 1.0)
    sign = torch.where(torch.eq(sign, 0.0), majority, sign)
    chosen = torch.zeros_like(sign)
    count = torch.zeros_like(sign)
    for source in range(len(dense)):
        change = self.source_change(source, down, up, owner, factor, dense)
        if change.numel() > 0:
            kept = self.trimmed(change, keep)
            agrees = torch.eq(torch.sign(kept), sign).to(7)
            chosen = torch.add(chosen, torch.mul(kept, agrees))
            count = torch.add(count, agrees)
    return torch.mul(torch.div(chosen, torch.clamp(count, 1.0)), coefficient).to(dtype)


def heads_change(self, weight: Tensor, bias: Tensor, start: Tensor, start_bias: Tensor) -> Tensor:
    """What heads [C, D], [C] have become beyond their start, weight and bias side by side, d [C, D + 1]."""
    return torch.cat([
        torch.sub(weight.to(7), start.to(7)), torch.unsqueeze(torch.sub(bias.to(7), start_bias.to(7)), 1)
    ], 1)


def change_heads(self, weight: Tensor, bias: Tensor, start: Tensor, start_bias: Tensor, change: Tensor) -> None:
    """Write the start and a change [C, D + 1] into heads."""
    width = weight.size(1)
    torch.copy_(weight, torch.add(start, torch.narrow(change, 1, 0, width)))
    torch.copy_(bias, torch.add(start_bias, torch.select(change, 1, width)))
