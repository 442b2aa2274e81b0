package dev.palimpsest.catalogue;

import jakarta.persistence.LockModeType;
import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;

/// Backbones as rows, in the order of their ids.
interface BackboneRepository extends JpaRepository<RegisteredBackbone, String> {

    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select backbone from RegisteredBackbone backbone where backbone.id = :id")
    Optional<RegisteredBackbone> findLocked(String id);

    List<RegisteredBackbone> findByIdGreaterThanOrderByIdAsc(String id, Limit limit);
}
