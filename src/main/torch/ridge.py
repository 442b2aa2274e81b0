# Heads on a fixed random map of the features. n images, D width of a feature, M width of the map.


def projected(self, features: Tensor, projection: Tensor, chunk: int) -> Tensor:
    """relu(features projection), m [n, M], in padded chunks; features [n, D], projection [D, M]."""
    parts = annotate(List[Tensor], [])
    for part in torch.split(features, chunk):
        z = torch.relu_(torch.mm(self.padded(part, chunk), projection))
        parts.append(torch.narrow(z, 0, 0, part.size(0)))
    return torch.cat(parts)


def add_ridge(self, gram: List[Tensor], cross: Tensor, mapped: Tensor, position: int) -> Tensor:
    """Adds h^T h to gram and the sum of h to row position of cross, d [C, M], of rows h = mapped [n, M]; cross.

    gram is the lower triangle of a matrix d [M, M] in blocks of rows: each [rows, columns up to its last diagonal]."""
    h = mapped.to(7)
    at = 0
    for block in gram:
        left = torch.narrow(h, 1, at, block.size(0))
        torch.addmm_(block, torch.t(left), torch.narrow(h, 1, 0, block.size(1)))
        at = at + block.size(0)
    torch.add_(torch.select(cross, 0, position), torch.sum(h, [0]))
    return cross


def ridge_diagonal(self, gram: List[Tensor]) -> Tensor:
    """The diagonal of the matrix in blocks, d [M]."""
    return torch.cat([torch.diagonal(block, block.size(1) - block.size(0)) for block in gram])


def solve_ridge(self, gram: List[Tensor], cross: Tensor, ridge: float) -> Tuple[Tensor, Tensor]:
    """W d [C, M] of W (G + ridge I) = cross by Cholesky, and 0 i64 [] where G + ridge I is positive definite; else W
    means nothing."""
    m = cross.size(1)
    matrix = torch.zeros([m, m], dtype=7, device=cross.device)
    at = 0
    for block in gram:
        rows = torch.narrow(matrix, 0, at, block.size(0))
        torch.copy_(torch.narrow(rows, 1, 0, block.size(1)), block)
        at = at + block.size(0)
    torch.add_(torch.diagonal(matrix), ridge)
    factor, failed = torch.linalg_cholesky_ex(matrix)
    if int(failed) != 0:
        return (cross, failed.to(4))
    return (torch.contiguous(torch.t(torch.cholesky_solve(torch.t(cross), factor))), failed.to(4))


def ridge_error(self, weights: Tensor, mapped: Tensor, position: int) -> Tensor:
    """Sum over rows h of mapped, [n, M], of |W h - y|^2 with W = weights d [C, M], y 1 at position and 0 elsewhere."""
    scores = torch.mm(mapped.to(7), torch.t(weights))
    torch.sub_(torch.select(scores, 1, position), 1.0)
    return torch.sum(torch.square(scores))


def add_into(self, sums: Tensor, more: Tensor) -> Tensor:
    """sums + more, in place."""
    return torch.add_(sums, more)
