package dev.palimpsest.settings;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/// Ids of everything that is made here: a UUID of version 7, on the wire a prefix and 26 characters of
/// Crockford's base 32, such as `job_01M7YNAYM0E0SB9ZJW4SC7MWS4`.
///
/// They sort by creation, as UUIDs in the database and as text on the wire; ids of one process only rise.
public final class Ids {

    public static final String EXPERIMENT = "exp";
    public static final String JOB = "job";
    public static final String CHECKPOINT = "ckpt";
    public static final String EVENT = "evt";
    public static final String EVALUATION = "eval";
    public static final String MERGE = "merge";
    public static final String WORKER = "wrk";
    public static final String REQUEST = "req";

    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int LENGTH = 26; // 130 bits, of which the first two are zero
    private static final byte[] VALUES = values();

    private static final int COUNTER_LIMIT = 1 << 12;
    private static final SecureRandom random = new SecureRandom();
    private static long lastMillis;
    private static int counter;

    private Ids() {}

    /// A new id, greater than every one before it in this process.
    ///
    /// The twelve bits after the version count up within a millisecond, from a random start; when they are
    /// used up the id borrows from the next millisecond.
    public static synchronized UUID next() {
        long now = System.currentTimeMillis();
        if (now > lastMillis) {
            lastMillis = now;
            counter = random.nextInt(COUNTER_LIMIT / 2);
        } else if (++counter == COUNTER_LIMIT) {
            lastMillis++;
            counter = random.nextInt(COUNTER_LIMIT / 2);
        }
        long high = lastMillis << 16 | 0x7000 | counter;
        long low = random.nextLong() >>> 2 | 1L << 63;
        return new UUID(high, low);
    }

    public static String experiment(UUID id) {
        return text(EXPERIMENT, id);
    }

    public static String job(UUID id) {
        return text(JOB, id);
    }

    public static String checkpoint(UUID id) {
        return text(CHECKPOINT, id);
    }

    public static String event(UUID id) {
        return text(EVENT, id);
    }

    public static String evaluation(UUID id) {
        return text(EVALUATION, id);
    }

    public static String merge(UUID id) {
        return text(MERGE, id);
    }

    public static String worker(UUID id) {
        return text(WORKER, id);
    }

    public static String request(UUID id) {
        return text(REQUEST, id);
    }

    /// The id as it stands on the wire.
    public static String text(String prefix, UUID id) {
        var characters = new char[LENGTH];
        long high = id.getMostSignificantBits();
        long low = id.getLeastSignificantBits();
        for (int place = LENGTH - 1; place >= 0; place--) {
            characters[place] = ALPHABET.charAt((int) (low & 31));
            low = low >>> 5 | high << 59;
            high >>>= 5;
        }
        return prefix + "_" + new String(characters);
    }

    /// Reads an id of the given kind; empty for anything that this class does not write in exactly this form.
    public static Optional<UUID> parse(String prefix, String text) {
        int start = prefix.length() + 1;
        if (text.length() != start + LENGTH || !text.startsWith(prefix + "_") || text.charAt(start) > '7') {
            return Optional.empty();
        }
        long high = 0;
        long low = 0;
        for (int place = start; place < text.length(); place++) {
            char character = text.charAt(place);
            int value = character < VALUES.length ? VALUES[character] : -1;
            if (value < 0) {
                return Optional.empty();
            }
            high = high << 5 | low >>> 59;
            low = low << 5 | value;
        }
        return Optional.of(new UUID(high, low));
    }

    private static byte[] values() {
        var values = new byte[128];
        Arrays.fill(values, (byte) -1);
        for (int value = 0; value < ALPHABET.length(); value++) {
            values[ALPHABET.charAt(value)] = (byte) value;
        }
        return values;
    }
}
