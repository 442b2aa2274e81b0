package dev.palimpsest.catalogue;

import jakarta.persistence.LockModeType;
import java.util.List;
import java.util.Optional;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;

/// Data sets as rows, in the order of their ids.
interface DatasetRepository extends JpaRepository<RegisteredDataset, String> {

    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select dataset from RegisteredDataset dataset where dataset.id = :id")
    Optional<RegisteredDataset> findLocked(String id);

    List<RegisteredDataset> findByIdGreaterThanOrderByIdAsc(String id, Limit limit);
}
