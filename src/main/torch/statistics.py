# What is known of a class: moments, clusters, and the distances that infer a task. Everything in fp64 (d).


def class_moments(self, features: Tensor) -> Tuple[Tensor, Tensor]:
    """Mean d [D] and unbiased covariance d [D, D] of features [n, D]; zero for a single row."""
    x = features.to(7)
    mean = torch.mean(x, [0])
    z = torch.sub(x, mean)
    return (mean, torch.div(torch.mm(torch.t(z), z), float(max(x.size(0) - 1, 1))))


def jittered(self, covariance: Tensor, jitter: float) -> Tensor:
    """A copy [D, D] with something added to the diagonal."""
    result = torch.clone(covariance)
    torch.add_(torch.diagonal(result), jitter)
    return result


def diagonal_of(self, covariance: Tensor) -> Tensor:
    """A copy of the diagonal, [D]."""
    return torch.clone(torch.diagonal(covariance), memory_format=0)


def rows_with_content(self, values: Tensor, rows: int) -> Tensor:
    """Which of as many equal parts of a tensor hold a number other than 0, a boolean [rows]."""
    return torch.any(torch.ne(torch.view(values, [rows, -1]), 0.0), 1)


def normalise(self, features: Tensor) -> Tensor:
    """Rows of length 1, d [n, D]."""
    x = features.to(7)
    return torch.div(x, torch.clamp(torch.linalg_vector_norm(x, 2, [1], True), 1e-12))


def square_distances(self, x: Tensor, centres: Tensor) -> Tensor:
    """[n, k] between rows [n, D] and [k, D], one centre after the other: differences, no cancellation."""
    each = annotate(List[Tensor], [])
    for centre in torch.unbind(centres):
        each.append(torch.sum(torch.square(torch.sub(x, centre)), [1]))
    return torch.stack(each, 1)


def seed_centres(self, x: Tensor, k: int, u: Tensor) -> Tensor:
    """k-means++: each centre the best of several rows drawn by squared distance; u [k, trials] uniform. [k,
    D]."""
    n = x.size(0)
    first = torch.clamp(torch.floor(torch.mul(u[0, 0], float(n))), None, float(n - 1)).to(4)
    centres = [torch.index_select(x, 0, torch.view(first, [1]))]
    nearest = torch.squeeze(self.square_distances(x, centres[0]), 1)
    for i in range(1, k):
        at = torch.mul(u[i], torch.sum(nearest))
        drawn = torch.clamp(torch.searchsorted(torch.cumsum(nearest, 0), at), None, n - 1)
        candidates = torch.index_select(x, 0, drawn)
        left = torch.minimum(torch.unsqueeze(nearest, 1), self.square_distances(x, candidates))  # [n, trials]
        best = torch.view(torch.argmin(torch.sum(left, [0])), [1])
        centres.append(torch.index_select(candidates, 0, best))
        nearest = torch.squeeze(torch.index_select(left, 1, best), 1)
    return torch.cat(centres)


def members(self, assignment: Tensor, k: int) -> Tensor:
    """1 where row i belongs to cluster j, d [k, n]."""
    return torch.eq(torch.unsqueeze(torch.arange(k, device=assignment.device), 1), assignment).to(7)


def move_centres(self, x: Tensor, centres: Tensor, assignment: Tensor) -> Tensor:
    """Means of the clusters; an empty one takes the row farthest from its centre, which leaves its own. [k,
    D]."""
    k = centres.size(0)
    of = self.members(assignment, k)
    empty = torch.flatten(torch.nonzero(torch.eq(torch.sum(of, [1]), 0.0)))
    if empty.numel() > 0:
        own = torch.sum(torch.square(torch.sub(x, torch.index_select(centres, 0, assignment))), [1])
        far = torch.narrow(torch.argsort(own, stable=True, dim=0, descending=True), 0, 0, empty.size(0))
        of = torch.index_fill(of, 1, far, 0.0)
        of = torch.index_put(of, [empty, far], torch.ones([], dtype=7, device=x.device))
    count = torch.sum(of, [1], True)
    return torch.where(torch.gt(count, 0.0), torch.div(torch.mm(of, x), torch.clamp(count, 1.0)), centres)


def k_means(self, features: Tensor, k: int, seed: int) -> Tuple[Tensor, Tensor]:
    """Centres d [k, D] and assignment i64 [n]: one run of Lloyd's iteration from k-means++ seeds with
    scikit-learn's rules: 2 + floor(ln k) trials, at most 300 rounds, until labels stay or centres move less
    than 1e-4 of the mean variance. k <= n."""
    x = features.to(7)
    k = min(k, x.size(0))
    mean = torch.mean(x, [0], True)
    x = torch.sub(x, mean)
    tolerance = float(torch.mul(torch.mean(torch.square(x)), 1e-4))
    trials = 2 + int(torch.log(float(k)))
    u = torch.rand([k, trials], dtype=7, generator=torch.Generator(device="cpu", seed=seed)).to(x.device)
    centres = self.seed_centres(x, k, u)
    assignment = torch.argmin(self.square_distances(x, centres), 1)
    rounds = 0
    going = True
    while going:
        moved = self.move_centres(x, centres, assignment)
        shift = float(torch.sum(torch.square(torch.sub(moved, centres))))
        centres = moved
        labels = torch.argmin(self.square_distances(x, centres), 1)
        same = bool(torch.all(torch.eq(labels, assignment)))
        assignment = labels
        rounds = rounds + 1
        going = rounds < 300 and not same and shift > tolerance
    return (torch.add(centres, mean), assignment)


def cluster_moments(self, features: Tensor, assignment: Tensor, k: int) -> Tuple[Tensor, Tensor, Tensor]:
    """Means d [k, D], population variances d [k, D] and counts i64 [k] of the clusters."""
    x = features.to(7)
    of = self.members(assignment, k)
    count = torch.sum(of, [1], True)
    share = torch.div(of, torch.clamp(count, 1.0))
    mean = torch.mm(share, x)
    variance = torch.mm(share, torch.square(torch.sub(x, torch.index_select(mean, 0, assignment))))
    return (mean, variance, torch.squeeze(count, 1).to(4))


def inference_cluster(self, rows: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    """Mean d [D], scale [D], factor [q, D] and coefficients [2] of a cluster of rows of length 1, d [m, D]: a
    feature's squared distance is coefficients0 |h|^2 + coefficients1 |factor h|^2 with h = scale (f - mean).
    It equals h^T Sigma^-1 h, Sigma = covariance + lambda I, lambda = 2e-4 + the mean variance, scale =
    sqrt(diag Sigma). A single row has covariance 0."""
    m = rows.size(0)
    d = rows.size(1)
    mean, covariance = self.class_moments(rows)
    shrink = torch.add(torch.mean(torch.diagonal(covariance)), 2e-4)
    scale = torch.sqrt(torch.add(torch.diagonal(covariance), shrink))
    if m - 1 < d:  # Sigma^-1 = (I - Z^T (lambda (m - 1) I + Z Z^T)^-1 Z) / lambda
        z = torch.sub(rows.to(7), mean)
        ridge = torch.mul(torch.eye(m, dtype=7, device=z.device), shrink)
        inner = torch.add(torch.mm(z, torch.t(z)), ridge, alpha=max(m - 1, 1))
        factor = torch.linalg_solve_triangular(torch.linalg_cholesky(inner), z, upper=False)
        return (mean, scale, factor, torch.stack([torch.reciprocal(shrink), torch.neg(torch.reciprocal(shrink))]))
    unit = torch.eye(d, dtype=7, device=rows.device)
    sigma = torch.add(covariance, torch.mul(unit, shrink))
    factor = torch.linalg_solve_triangular(torch.linalg_cholesky(sigma), unit, upper=False)
    return (mean, scale, factor, torch.arange(2, dtype=7, device=rows.device))


def class_distances(
    self, normalised: Tensor, means: List[Tensor], scales: List[Tensor], factors: List[Tensor],
    coefficients: List[Tensor], clusters: List[int]
) -> Tensor:
    """Squared distances d [n, classes] of rows of length 1, d [n, D], to the nearest cluster of each class;
    clusters says how many of the lists' entries belong to each class."""
    each = annotate(List[Tensor], [])
    k = 0
    for count in clusters:
        best = annotate(List[Tensor], [])
        for _i in range(count):
            h = torch.mul(torch.sub(normalised, means[k]), scales[k])
            plain = torch.mul(torch.sum(torch.square(h), [1]), coefficients[k][0])
            inner = torch.sum(torch.square(torch.mm(h, torch.t(factors[k]))), [1])
            best.append(torch.add(plain, torch.mul(inner, coefficients[k][1])))
            k = k + 1
        each.append(torch.amin(torch.stack(best), 0))
    return torch.stack(each, 1)
