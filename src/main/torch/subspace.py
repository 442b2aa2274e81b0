# Which directions of its input a matrix uses, and which are free. Everything in fp64 (d) on the CPU, so that all
# devices choose the same. F: orthonormal columns d [D, k]. Directions are sorted by energy, ties by index.


def second_moment(self, sums: Tensor, block: int, rows: int) -> Tensor:
    """The mean of x x^T over rows, d [D, D], from sums [L, D, D] on any device."""
    return torch.div(sums[block].to(torch.device("cpu"), 7, False, True), float(rows))


def finite_sums(self, sums: List[Tensor]) -> Tensor:
    """Whether every number is finite, a boolean."""
    each = [torch.all(torch.isfinite(s)) for s in sums]
    return torch.all(torch.stack(each))


def complement(self, basis: Tensor) -> Tensor:
    """Orthonormal columns [D, D - k] of all that F [D, k] does not span."""
    d = basis.size(0)
    k = basis.size(1)
    if k == 0:
        return torch.eye(d, dtype=7)
    whole = torch.linalg_qr(basis, "complete")[0]
    return torch.clone(torch.narrow(whole, 1, k, d - k), memory_format=0)


def energies(
    self, moment: Tensor, free: Tensor, two_sided: bool, squared: bool
) -> Tuple[Tensor, Tensor, Tensor]:
    """How the moment C [D, D] lies in the space P of the columns free [D, m]: singular values s [m] of P C, or of P C P
    if two-sided, descending; left singular vectors [D, m]; the energy of all of C, the sum of its s^2 or of its s.
    P C = free (free^T C), so that no vector leaves the space, however small its singular value is."""
    if squared:
        total = torch.sum(torch.square(moment))
    else:
        total = torch.sum(torch.diagonal(moment))
    m = free.size(1)
    if m == 0:
        return (torch.zeros([0], dtype=7), free, total)
    inner = torch.mm(torch.t(free), moment)
    if m == free.size(0) or two_sided:
        s, u = torch.linalg_eigh(torch.mm(inner, free))
        s = torch.clamp(torch.flip(s, [0]), 0.0)
        u = torch.flip(u, [1])
    else:
        u, s, _v = torch.linalg_svd(inner, False)
    return (s, torch.mm(free, u), total)


def cut(self, s: Tensor, vectors: Tensor, count: int) -> Tuple[Tensor, Tensor]:
    """The first count of directions [D, m] with singular values s [m], and the others. Where values on both sides of
    the cut are equal to rounding, any vectors of theirs are as good: those nearest to axes are taken, lower index first.
    The entry of largest magnitude of a vector is positive."""
    m = vectors.size(1)
    if count > 0 and count < m:
        near = torch.le(torch.abs(torch.sub(s, s[count])), torch.mul(s[0], 1e-12))
        if bool(torch.logical_and(near[count - 1], near[count])):
            first = int(torch.argmax(near.to(4)))
            size = int(torch.sum(near))
            tied = self.near_axes(torch.narrow(vectors, 1, first, size))
            last = m - first - size
            vectors = torch.cat([torch.narrow(vectors, 1, 0, first), tied, torch.narrow(vectors, 1, m - last, last)], 1)
    if m > 0:
        largest = torch.gather(vectors, 0, torch.argmax(torch.abs(vectors), 0, True))
        vectors = torch.mul(vectors, torch.sign(largest))
    kept = torch.clone(torch.narrow(vectors, 1, 0, count), memory_format=0)
    return (kept, torch.clone(torch.narrow(vectors, 1, count, m - count), memory_format=0))


def near_axes(self, tied: Tensor) -> Tensor:
    """Another orthonormal basis of the columns [D, m], the same for every basis of their space: one after the other
    the axis of which most lies in what is left, of equal ones the first, is projected into it."""
    rows = tied
    each = annotate(List[Tensor], [])
    for _j in range(tied.size(1)):
        share = torch.sum(torch.square(rows), [1])
        axis = torch.argmax(torch.ge(share, torch.mul(torch.amax(share, 0), 1.0 - 1e-9)).to(4))
        q = torch.div(rows[axis], torch.sqrt(share[axis]))
        each.append(torch.mv(tied, q))
        rows = torch.sub(rows, torch.outer(torch.mv(rows, q), q))
    return torch.stack(each, 1)


def factor_rows(self, directions: Tensor, rank: int, length: float) -> Tensor:
    """Directions [D, k] as rows of a length, zero rows below them up to the rank, [rank, D]."""
    rows = torch.mul(torch.t(directions), length)
    return torch.cat([rows, torch.zeros([rank - rows.size(0), directions.size(0)], dtype=7)])


def projected_rows(self, rows: Tensor, free: Tensor) -> Tensor:
    """The part of each row [r, D] that lies in the space of the columns free [D, m]."""
    return torch.mm(torch.mm(rows.to(7), free), torch.t(free))
