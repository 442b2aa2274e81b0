# Second moments of what goes into the matrices: which directions of its input a task uses. In fp64 (d).


def add_moments(
    self, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float], rows: Tensor, seed: int
) -> Tensor:
    """Adds x^T x of the input rows x of each matrix of the first blocks, of the images at rows in training pixels seen
    through the weights of s, to its four stacks moments d [blocks, in, in]; an empty one is left out. The number of
    images. Nothing behind the last of these inputs is computed."""
    torch.set_grad_enabled(False)
    frozen = s["frozen"]
    w = s["weights"]
    blocks = 0
    later = False
    for j in range(4):
        if s["moments"][j].numel() > 0:
            blocks = s["moments"][j].size(0)
            later = later or j > 0
    x = self.batch(s, c, f, seed, rows)
    n = x.size(0)
    h = self.embed(x, frozen)
    for i in range(blocks):
        inputs = annotate(List[Tensor], [])
        if i == blocks - 1 and not later:
            inputs.append(self.norm(h, frozen[4 + 8 * i], frozen[5 + 8 * i])[0])
        else:
            keep = annotate(List[List[Tensor]], [])
            h = self.block(h, n, w, frozen, i, c, c["kernel"], keep)
            for k in [3, 4, 8, 10]:
                inputs.append(keep[0][k])
        for j in range(len(inputs)):
            if s["moments"][j].numel() > 0:
                z = inputs[j].to(7)
                torch.add_(s["moments"][j][i], torch.mm(torch.t(z), z))
    return torch.sum(torch.ones_like(rows))
