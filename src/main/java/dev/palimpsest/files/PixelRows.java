package dev.palimpsest.files;

/// Takes one picture while it is decoded, row after row from the top, so that nobody needs room for all of it.
public interface PixelRows {

    /// Called once, before the first row.
    void begin(int width, int height);

    /// Called for each row.
    ///
    /// @param y counted from the top
    /// @param rgb shape [3, width], 8 bits; filled anew for the next row
    void row(int y, byte[] rgb);
}
