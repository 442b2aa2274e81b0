package dev.palimpsest.access;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.StringUtils;

/// Who is let in, and as what.
///
/// @param apiKeys keys of callers, without their secrets
/// @param issuer URI of the issuer whose tokens are accepted; empty for none
/// @param audience what a token must be made for; needed with an issuer
/// @param open whether callers without key or token have all roles, on any address
@ConfigurationProperties("palimpsest.access")
public record AccessSettings(
        @DefaultValue List<ApiKey> apiKeys,
        @Nullable String issuer,
        @Nullable String audience,
        @DefaultValue("false") boolean open) {

    private static final Pattern ID = Pattern.compile("[a-z0-9]{8}");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    /// One key: `plm_<id>_<secret>` in the header `X-API-Key`.
    ///
    /// @param id eight small letters and digits, public
    /// @param sha256 digest of the secret's characters, in hexadecimal
    public record ApiKey(String id, Role role, String sha256) {

        public ApiKey {
            if (!ID.matcher(id).matches()) {
                throw new IllegalArgumentException("id of an API key must be 8 of a-z and 0-9, got '" + id + "'");
            }
            if (!DIGEST.matcher(sha256).matches()) {
                throw new IllegalArgumentException("sha256 of API key " + id + " must be 64 of 0-9 and a-f");
            }
        }
    }

    public AccessSettings {
        apiKeys = List.copyOf(apiKeys);
        if (StringUtils.hasText(issuer) && !StringUtils.hasText(audience)) {
            throw new IllegalArgumentException("palimpsest.access.audience must be set, because issuer is " + issuer);
        }
    }

    boolean trustsIssuer() {
        return StringUtils.hasText(issuer);
    }

    /// Whether nobody has said who may come in.
    boolean unset() {
        return apiKeys.isEmpty() && !trustsIssuer();
    }
}
