package dev.palimpsest.access;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/// What a caller may do; each role includes the ones before it.
public enum Role {
    READ,
    SUBMIT,
    ADMIN;

    /// This role and the ones it includes, as Spring Security names them: `ROLE_READ`, `ROLE_SUBMIT`,
    /// `ROLE_ADMIN`.
    List<GrantedAuthority> authorities() {
        return Arrays.stream(values())
                .filter(role -> role.compareTo(this) <= 0)
                .<GrantedAuthority>map(role -> new SimpleGrantedAuthority(role.authority()))
                .toList();
    }

    String authority() {
        return "ROLE_" + name();
    }

    /// The scope of a token that gives this role.
    String scope() {
        return "palimpsest:" + name().toLowerCase(Locale.ROOT);
    }
}
