package dev.palimpsest.files;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// What the first bytes of a file say that it is; its name says nothing.
public enum PictureType {
    PNG("image/png"),
    JPEG("image/jpeg"),
    PIXMAP("image/x-portable-pixmap"),
    GRAYMAP("image/x-portable-graymap"),
    /// Nothing that is accepted as a picture.
    UNKNOWN("application/octet-stream");

    private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A};

    private final String mediaType;

    PictureType(String mediaType) {
        this.mediaType = mediaType;
    }

    public String mediaType() {
        return mediaType;
    }

    /// Reads as many bytes as it needs. Does not close the stream.
    static PictureType of(InputStream stream) throws IOException {
        byte[] first = stream.readNBytes(PNG_SIGNATURE.length);
        if (Arrays.equals(first, PNG_SIGNATURE)) {
            return PNG;
        }
        if (first.length < 3) {
            return UNKNOWN;
        }
        if (first[0] == (byte) 0xFF && first[1] == (byte) 0xD8 && first[2] == (byte) 0xFF) {
            return JPEG;
        }
        if (first[0] == 'P' && Character.isWhitespace(first[2])) {
            return switch (first[1]) {
                case '6' -> PIXMAP;
                case '5' -> GRAYMAP;
                default -> UNKNOWN;
            };
        }
        return UNKNOWN;
    }
}
