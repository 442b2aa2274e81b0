-- Answers to creating requests that named a key, kept for a day. The row and what was created are one transaction.
create table idempotency_keys (
  owner       text        not null,
  method      text        not null,
  path        text        not null,
  key         text        not null,
  body_sha256 text        not null,
  status      integer     not null,
  location    text,
  body        text        not null,
  created_at  timestamptz not null,
  primary key (owner, method, path, key)
);

create index idempotency_keys_by_age on idempotency_keys (created_at);
