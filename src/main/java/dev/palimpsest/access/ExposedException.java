package dev.palimpsest.access;

/// The service would be reachable from outside, and nobody has said who may come in.
final class ExposedException extends RuntimeException {

    ExposedException(String address) {
        super("The service does not start on " + address + " while anybody could use it:"
                + " set palimpsest.access.api-keys or palimpsest.access.issuer,"
                + " keep server.address on the loopback (127.0.0.1),"
                + " or open it to everybody by palimpsest.access.open=true.");
    }
}
