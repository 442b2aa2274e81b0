package dev.palimpsest.model;

/// Sizes of a Vision Transformer as its weights give them.
///
/// @param imageSize side of the images its position table was made for
/// @param mlp width of the hidden layer of a block
public record VitShape(int imageSize, int patch, int depth, int width, int heads, int mlp) {

    /// Token rows that go through the network at a time on a CPU: 4 images of 224 in patches of 16. More are not
    /// faster with one thread; in an evaluation more of them are padding.
    private static final int ROWS = 800;

    /// Rows of a training batch for each of several threads, which fewer do not keep busy.
    private static final int ROWS_A_THREAD = 1600;

    private static final int CHUNK_ON_GPU = 64;

    public VitShape {
        if (width % heads != 0) {
            throw new IllegalArgumentException("heads must divide the width " + width + ", got " + heads);
        }
        if (imageSize % patch != 0) {
            throw new IllegalArgumentException(
                    "the image side must be a multiple of the patch side " + patch + ", got " + imageSize);
        }
    }

    /// The same network fed with images of another side.
    public VitShape at(int side) {
        return new VitShape(side, patch, depth, width, heads, mlp);
    }

    /// Patches along one side.
    public int grid() {
        return imageSize / patch;
    }

    /// Tokens of an image, class token included.
    public int tokens() {
        return grid() * grid() + 1;
    }

    /// How many images of a training batch go through the network at a time. On a CPU few: their activations
    /// stay near its caches and in blocks that the C library reuses, and memory does not grow with the batch.
    ///
    /// @param threads of one operation
    public int passImages(String device, int threads) {
        int rows = threads == 1 ? ROWS : ROWS_A_THREAD * threads;
        return device.equals("cpu") ? Math.max(1, rows / tokens()) : Integer.MAX_VALUE;
    }

    /// How many images an evaluation sends through the network at a time, always as many.
    public int chunkImages(String device) {
        return device.equals("cpu") ? Math.max(1, ROWS / tokens()) : CHUNK_ON_GPU;
    }

    public int in(Site site) {
        return in(site.stack());
    }

    public int out(Site site) {
        return out(site.stack());
    }

    int in(int stack) {
        return stack == 3 ? mlp : width;
    }

    /// Rows of one matrix of the stack.
    int out(int stack) {
        return stack == 2 ? mlp : width;
    }

    /// Scalars of the network without a classifier.
    public long parameters() {
        long block = 4L * width * width + 2L * width * mlp + 9L * width + mlp;
        return (long) depth * block + 3L * patch * patch * width + width + (long) (tokens() + 1) * width + 2L * width;
    }
}
