# Heads on a fixed random map of the features. n images, D width of a feature, M width of the map.


def projected(self, features: Tensor, projection: Tensor, chunk: int) -> Tensor:
    """relu(features projection), m [n, M], in padded chunks; features [n, D], projection [D, M]."""
    parts = annotate(List[Tensor], [])
    for part in torch.split(features, chunk):
        z = torch.relu_(torch.mm(self.padded(part, chunk), projection))
        parts.append(torch.narrow(z, 0, 0, part.size(0)))
    return torch.cat(parts)
