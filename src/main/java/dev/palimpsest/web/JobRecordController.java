package dev.palimpsest.web;

import dev.palimpsest.experiments.JobRecord;
import dev.palimpsest.experiments.JobRecords;
import dev.palimpsest.http.Wire;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// What is needed to run a job again.
@RestController
@RequestMapping(path = "/api/v1/jobs", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "jobs")
class JobRecordController {

    private final JobRecords records;

    JobRecordController(JobRecords records) {
        this.records = records;
    }

    @GetMapping("/{id}/record")
    @Operation(operationId = "getJobRecord", summary = "The reproduction record; its request can be posted as it is")
    ResponseEntity<JobRecord> record(@PathVariable("id") String id) {
        JobRecord record = records.find(Wire.jobId(id)).orElseThrow(Wire.notFound("job", id));
        String file = ContentDisposition.attachment()
                .filename(record.jobId() + ".record.json")
                .build()
                .toString();
        return ResponseEntity.ok().header(HttpHeaders.CONTENT_DISPOSITION, file).body(record);
    }
}
