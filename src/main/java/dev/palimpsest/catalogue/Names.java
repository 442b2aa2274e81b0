package dev.palimpsest.catalogue;

import dev.palimpsest.settings.SettingRefusedException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What ids and digests of registered inputs look like.
public final class Names {

    private static final Pattern SLUG = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    private Names() {}

    static void requireSlug(String id) {
        if (!SLUG.matcher(id).matches()) {
            throw new SettingRefusedException(
                    "out_of_range",
                    "id",
                    "id must be 1..64 of a-z, 0-9, '.', '_' and '-' and begin with a letter or digit, got '%s'."
                            .formatted(id));
        }
    }

    static void requireDigest(@Nullable String sha256) {
        if (sha256 != null && !SHA_256.matcher(sha256).matches()) {
            throw new SettingRefusedException(
                    "out_of_range", "sha256", "sha256 must be 64 digits of 0-9 and a-f, got '%s'.".formatted(sha256));
        }
    }
}
