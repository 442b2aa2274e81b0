package dev.palimpsest.jobs;

import java.util.List;
import java.util.UUID;
import org.springframework.data.domain.Limit;
import org.springframework.data.repository.Repository;

interface JobEventRepository extends Repository<JobEvent, UUID> {

    List<JobEvent> findByJobIdAndSequenceGreaterThanOrderBySequence(UUID jobId, long sequence, Limit limit);
}
