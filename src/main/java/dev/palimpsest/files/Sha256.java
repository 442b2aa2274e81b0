package dev.palimpsest.files;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The digest by which foreign files are named.
public final class Sha256 {

    private Sha256() {}

    public static MessageDigest start() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
