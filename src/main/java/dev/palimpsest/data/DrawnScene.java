package dev.palimpsest.data;

import dev.palimpsest.files.Image;

/// What the pictures of a scene have in common: two shapes, where they stand to each other, which of them is
/// lighter, which is striped, how wide and how turned the stripes are, and about which hue each has. The
/// exact hues, the background, place, size, angle, light and noise belong to the single picture.
///
/// How hard the classes are to tell apart is decided by the constants here and by the number of scenes of a
/// class. Only + - * / and `StrictMath`, so that every machine draws the same bytes.
///
/// @param first,second numbers of shapes
/// @param relation of the second to the first: above, below, beside, inside
/// @param stripes which shape is striped: the first, the second
/// @param period of the stripes in half sides
/// @param turn of the stripes: lying, standing, diagonal
/// @param firstLighter the first shape has the lighter color
/// @param firstHue,secondHue about which a picture draws the hues of its shapes, 0..1 around the color wheel
record DrawnScene(
        int first,
        int second,
        int relation,
        int stripes,
        double period,
        int turn,
        boolean firstLighter,
        double firstHue,
        double secondHue) {

    private static final int SHAPES = 6;
    private static final int RELATIONS = 4;
    private static final int TURNS = 3;
    private static final double[] PERIODS = {0.26, 0.44};

    // of a picture: all lengths in half sides of the picture
    private static final double PLACE = 0.16;
    private static final double SMALLEST = 0.85;
    private static final double LARGEST = 1.15;
    private static final double ANGLE = 0.25; // radians either way
    private static final double LIGHT = 0.25; // change of brightness from edge to edge
    private static final double HUE = 0.12; // either way
    private static final double NOISE = 0.08;
    private static final double BLOTCHES = 0.18; // smooth noise of the background

    private static final double SHAPE_SIZE = 0.36;
    private static final double INNER_SIZE = 0.24;
    private static final double DISTANCE = 0.42;
    private static final double DARK = 0.30;
    private static final double LIGHTER = 0.80;
    private static final int GRID = 5; // cells of the smooth noise a side

    static DrawnScene draw(Draws draws) {
        return new DrawnScene(
                draws.nextInt(SHAPES),
                draws.nextInt(SHAPES),
                draws.nextInt(RELATIONS),
                draws.nextInt(2),
                PERIODS[draws.nextInt(PERIODS.length)],
                draws.nextInt(TURNS),
                draws.nextInt(2) == 0,
                draws.nextDouble(),
                draws.nextDouble());
    }

    /// Draws one picture, square, 8 bits.
    Image picture(int side, Draws draws) {
        double size = draws.between(SMALLEST, LARGEST);
        double angle = draws.between(-ANGLE, ANGLE);
        double cos = StrictMath.cos(angle) / size;
        double sin = StrictMath.sin(angle) / size;
        double left = draws.between(-PLACE, PLACE);
        double down = draws.between(-PLACE, PLACE);
        double beside = draws.nextInt(2) == 0 ? 1 : -1; // left and right are the same to augmentation
        double phase = draws.between(0, 1);
        double[] background = color(draws.nextDouble(), draws.between(0.45, 0.65));
        double[] firstColor = color(firstHue + draws.between(-HUE, HUE), firstLighter ? LIGHTER : DARK);
        double[] secondColor = color(secondHue + draws.between(-HUE, HUE), firstLighter ? DARK : LIGHTER);
        double lightX = draws.between(-LIGHT, LIGHT);
        double lightY = draws.between(-LIGHT, LIGHT);
        double[] blotches = new double[(GRID + 1) * (GRID + 1)];
        for (int i = 0; i < blotches.length; i++) {
            blotches[i] = draws.between(-BLOTCHES, BLOTCHES);
        }
        double softness = 2.0 / side; // one pixel, in half sides
        byte[] pixels = new byte[3 * side * side];
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                double u = (2 * x + 1.0) / side - 1;
                double v = (2 * y + 1.0) / side - 1;
                double p = cos * (u - left) + sin * (v - down);
                double q = -sin * (u - left) + cos * (v - down);
                double inFirst = covered(firstDistance(p, q, beside), softness);
                double inSecond = covered(secondDistance(p, q, beside), softness);
                double stripe = stripe(p, q, phase, softness);
                double light = 1 + lightX * u + lightY * v;
                double blotch = blotch(blotches, u, v);
                for (int channel = 0; channel < 3; channel++) {
                    double value = background[channel] + blotch;
                    value = over(value, firstColor[channel], inFirst * (stripes == 0 ? stripe : 1));
                    value = over(value, secondColor[channel], inSecond * (stripes == 1 ? stripe : 1));
                    value = value * light + draws.between(-NOISE, NOISE);
                    pixels[(channel * side + y) * side + x] = (byte) StrictMath.rint(Math.clamp(value, 0.0, 1.0) * 255);
                }
            }
        }
        return new Image(side, side, pixels);
    }

    private static double over(double below, double above, double share) {
        return below + share * (above - below);
    }

    private double firstDistance(double p, double q, double beside) {
        return switch (relation) {
            case 0 -> distance(first, p, q - DISTANCE, SHAPE_SIZE); // the second stands above it
            case 1 -> distance(first, p, q + DISTANCE, SHAPE_SIZE);
            case 2 -> distance(first, p + beside * DISTANCE, q, SHAPE_SIZE);
            default -> distance(first, p, q, 2 * SHAPE_SIZE);
        };
    }

    private double secondDistance(double p, double q, double beside) {
        return switch (relation) {
            case 0 -> distance(second, p, q + DISTANCE, SHAPE_SIZE);
            case 1 -> distance(second, p, q - DISTANCE, SHAPE_SIZE);
            case 2 -> distance(second, p - beside * DISTANCE, q, SHAPE_SIZE);
            default -> distance(second, p, q, INNER_SIZE);
        };
    }

    /// How far a point is outside of a shape; negative inside. Exact only near the edge, which is enough.
    private static double distance(int shape, double x, double y, double radius) {
        double ax = StrictMath.abs(x);
        double ay = StrictMath.abs(y);
        double centre = StrictMath.sqrt(x * x + y * y);
        return switch (shape) {
            case 0 -> centre - radius; // disc
            case 1 -> StrictMath.abs(centre - 0.72 * radius) - 0.28 * radius; // ring
            case 2 -> StrictMath.max(ax, ay) - 0.88 * radius; // square
            case 3 -> (ax + ay) * 0.7071 - 0.78 * radius; // diamond
            case 4 -> StrictMath.max(0.894 * ax - 0.447 * y - 0.5 * radius, y - 0.7 * radius); // triangle
            default -> StrictMath.max(StrictMath.max(ax, ay) - radius, StrictMath.min(ax, ay) - 0.32 * radius); // cross
        };
    }

    private static double covered(double distance, double softness) {
        return Math.clamp(0.5 - distance / softness, 0.0, 1.0);
    }

    /// Share of the color at a point: 1 on a stripe, little between stripes.
    private double stripe(double p, double q, double phase, double softness) {
        double along = switch (turn) {
            case 0 -> q;
            case 1 -> p;
            default -> (p + q) * 0.7071;
        };
        double at = along / period + phase;
        double fromMiddle = StrictMath.abs(at - StrictMath.floor(at) - 0.5) * period;
        return 0.15 + 0.85 * covered(fromMiddle - period / 4, softness);
    }

    /// Bilinear in a grid of random values.
    private static double blotch(double[] values, double u, double v) {
        double gx = (u + 1) / 2 * GRID;
        double gy = (v + 1) / 2 * GRID;
        int ix = (int) gx;
        int iy = (int) gy;
        double fx = gx - ix;
        double fy = gy - iy;
        int at = iy * (GRID + 1) + ix;
        double top = over(values[at], values[at + 1], fx);
        double bottom = over(values[at + GRID + 1], values[at + GRID + 2], fx);
        return over(top, bottom, fy);
    }

    /// A color of a hue, with a mean brightness.
    private static double[] color(double hue, double brightness) {
        double h = 6 * (hue - StrictMath.floor(hue));
        double[] color = {
            Math.clamp(StrictMath.abs(h - 3) - 1, 0.0, 1.0),
            Math.clamp(2 - StrictMath.abs(h - 2), 0.0, 1.0),
            Math.clamp(2 - StrictMath.abs(h - 4), 0.0, 1.0)
        };
        double mean = (color[0] + color[1] + color[2]) / 3;
        for (int channel = 0; channel < 3; channel++) {
            color[channel] = Math.clamp(brightness + 0.5 * (color[channel] - mean), 0.0, 1.0);
        }
        return color;
    }
}
