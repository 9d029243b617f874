/**
 * The schema's history, oldest first. A step that has been released is never changed: databases that have taken it
 * don't take it again. Later ones are added at the end.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE device (
    id text PRIMARY KEY,
    space text NOT NULL,
    dead_operations text NOT NULL CHECK (dead_operations IN ('timed', 'pruned')),
    description text NOT NULL,
    batch_size int,
    precision text,
    created_at timestamptz NOT NULL DEFAULT now()
  );

  -- One upload: its key and content make it idempotent, its answer is given again when it is repeated.
  CREATE TABLE upload (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device text NOT NULL REFERENCES device,
    key text NOT NULL,
    content_sha256 text NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (device, key)
  );

  -- A network to measure. A worker holds it until lease_until; then it is offered again.
  CREATE TABLE candidate (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number bigint GENERATED ALWAYS AS IDENTITY,
    device text NOT NULL REFERENCES device,
    architecture text NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'leased', 'measured', 'failed')),
    worker text,
    lease_until timestamptz,
    failures int NOT NULL DEFAULT 0,
    reason text,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE UNIQUE INDEX candidate_once ON candidate (device, architecture) WHERE state IN ('queued', 'leased');
  CREATE INDEX candidate_open ON candidate (device, number) WHERE state IN ('queued', 'leased');

  CREATE TABLE measurement (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device text NOT NULL REFERENCES device,
    upload bigint NOT NULL REFERENCES upload,
    architecture text NOT NULL,
    latency_ms float8 NOT NULL CHECK (latency_ms > 0),
    candidate uuid REFERENCES candidate
  );
  CREATE INDEX measurement_of_device ON measurement (device, id);

  CREATE TABLE job (
    id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    device text NOT NULL REFERENCES device,
    request jsonb NOT NULL,
    state text NOT NULL DEFAULT 'queued'
      CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    -- How often it has been begun. What an attempt writes counts only while it is the latest.
    attempt int NOT NULL DEFAULT 0,
    -- What an attempt leaves for the next.
    memo jsonb,
    progress jsonb,
    result jsonb,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    heartbeat_at timestamptz,
    finished_at timestamptz
  );
  CREATE INDEX job_by_number ON job (number);
  CREATE INDEX job_open ON job (state) WHERE state IN ('queued', 'running');

  -- The files are in the content-addressed folder, under their digest.
  CREATE TABLE model_version (
    device text NOT NULL REFERENCES device,
    version text NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    digest text NOT NULL,
    job uuid REFERENCES job,
    -- Measurements up to this one were known when it was trained.
    last_measurement bigint NOT NULL,
    card jsonb NOT NULL,
    held_out jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (device, version)
  );

  -- What has served a device, each pointing to what served before it; before the first is the predictor that ships.
  CREATE TABLE promotion (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device text NOT NULL REFERENCES device,
    version text NOT NULL,
    previous bigint REFERENCES promotion,
    created_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (device, version) REFERENCES model_version
  );
  ALTER TABLE device ADD COLUMN promotion bigint REFERENCES promotion;
  `,
  `
  CREATE TABLE api_key (
    id text PRIMARY KEY,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('read', 'measure', 'admin')),
    sha256 text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    removed_at timestamptz
  );

  -- Who asked for which change. Keys are named as they were then.
  CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    key text,
    name text,
    address text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    status int
  );
  `,
  `
  -- The files of model versions, so that every process on the store can serve them.
  CREATE TABLE model_file (
    digest text NOT NULL,
    name text NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (digest, name)
  );
  -- The process that runs the job, or did last: machine and process number.
  ALTER TABLE job ADD COLUMN worker text;
  `,
  `
  -- Of a job that concerns no device.
  ALTER TABLE job ALTER COLUMN device DROP NOT NULL;

  CREATE TABLE search (
    id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY,
    request jsonb NOT NULL,
    -- Accuracies by architecture, where they are known beforehand; without them workers ask and tell.
    accuracies jsonb,
    -- Latencies of the networks it chooses from, as they were when it began.
    latencies jsonb,
    candidates int,
    optimum float8,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'succeeded', 'cancelled')),
    -- The latest that carries it on.
    job uuid REFERENCES job,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
  );

  -- A network that a search wants trained. A worker holds it until lease_until; then it is offered again.
  CREATE TABLE trial (
    search uuid NOT NULL REFERENCES search,
    number int NOT NULL,
    round int NOT NULL,
    architecture text NOT NULL,
    reason text NOT NULL,
    parent int,
    latency_ms jsonb NOT NULL,
    worker text,
    lease_until timestamptz,
    outcome jsonb,
    PRIMARY KEY (search, number)
  );
  CREATE INDEX trial_open ON trial (search, number) WHERE outcome IS NULL;
  `,
  `
  -- The latest attempt that left something from which the next goes on.
  ALTER TABLE job ADD COLUMN got_on int NOT NULL DEFAULT 0;
  `,
  `
  -- What a job that is not over goes on from, on whichever machine its next attempt runs.
  CREATE TABLE checkpoint_file (
    job uuid NOT NULL REFERENCES job,
    name text NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (job, name)
  );
  `,
  `
  -- What was measured, and its predictors: until now all were latencies, ms. Values are in the metric's own unit.
  ALTER TABLE measurement RENAME COLUMN latency_ms TO value;
  ALTER TABLE measurement ADD COLUMN metric text NOT NULL DEFAULT 'latency';
  CREATE INDEX measurement_of_metric ON measurement (device, metric, id);
  DROP INDEX measurement_of_device;

  -- Two metrics that are proportional have models of one hash.
  ALTER TABLE promotion DROP CONSTRAINT promotion_device_version_fkey;
  ALTER TABLE promotion ADD COLUMN metric text NOT NULL DEFAULT 'latency';
  ALTER TABLE model_version ADD COLUMN metric text NOT NULL DEFAULT 'latency';
  ALTER TABLE model_version DROP CONSTRAINT model_version_pkey;
  ALTER TABLE model_version ADD PRIMARY KEY (device, metric, version);
  ALTER TABLE promotion ADD FOREIGN KEY (device, metric, version) REFERENCES model_version;

  -- The promotion that counts for each metric of a device; null where the predictor that ships serves again.
  CREATE TABLE served (
    device text NOT NULL REFERENCES device,
    metric text NOT NULL,
    promotion bigint REFERENCES promotion,
    PRIMARY KEY (device, metric)
  );
  INSERT INTO served SELECT id, 'latency', promotion FROM device WHERE promotion IS NOT NULL;
  ALTER TABLE device DROP COLUMN promotion;
  `,
  `
  -- Search spaces that were declared by a file; of each name the version with the largest number counts.
  CREATE TABLE space_version (
    name text NOT NULL,
    version text NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    -- Its text, as the order of its fields matters.
    file text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, version)
  );
  `,
  `
  -- Predictions that were served to be followed, and the first measurements of the same networks that came afterwards.
  CREATE TABLE prediction (
    id uuid PRIMARY KEY,
    device text NOT NULL,
    metric text NOT NULL,
    version text NOT NULL,
    architecture text NOT NULL,
    value float8 NOT NULL,
    low float8,
    high float8,
    served_at timestamptz NOT NULL DEFAULT now(),
    measurement bigint REFERENCES measurement,
    measured float8,
    measured_at timestamptz
  );
  CREATE INDEX prediction_open ON prediction (device, metric, architecture) WHERE measurement IS NULL;
  CREATE INDEX prediction_met ON prediction (device, metric, measured_at) WHERE measurement IS NOT NULL;
  CREATE INDEX prediction_old ON prediction (served_at) WHERE measurement IS NULL;
  CREATE INDEX prediction_by_measurement ON prediction (measurement) WHERE measurement IS NOT NULL;

  -- When a predictor is trained again by itself: its median error in production, and new measurements, from these on.
  CREATE TABLE retraining (
    device text NOT NULL REFERENCES device,
    metric text NOT NULL,
    median_error float8 NOT NULL,
    least int NOT NULL,
    PRIMARY KEY (device, metric)
  );
  `,
  `
  -- The how manieth outcome of its search this one was, and how many were known when the network was proposed; null in
  -- searches whose rounds waited for the last network of the one before.
  ALTER TABLE trial ADD COLUMN told int;
  ALTER TABLE trial ADD COLUMN after int;
  `,
  `
  -- Emulators and compressions are lists of jobs of one kind.
  CREATE INDEX job_by_kind ON job (kind, number);
  `,
  `
  -- Measurements, counted as they come and go: nobody who asks waits for millions to be counted.
  CREATE TABLE measured (
    device text NOT NULL REFERENCES device,
    metric text NOT NULL,
    count int NOT NULL,
    PRIMARY KEY (device, metric)
  );
  INSERT INTO measured SELECT device, metric, count(*) FROM measurement GROUP BY device, metric;

  -- No query of a route reads a large table whole (test/server/scale.test.ts), nor does the check of a foreign key.
  CREATE INDEX measurement_of_upload ON measurement (upload);
  CREATE INDEX upload_of_device ON upload (device, created_at);
  CREATE INDEX measurement_of_candidate ON measurement (candidate) WHERE candidate IS NOT NULL;
  CREATE INDEX job_of_device ON job (device, number);
  CREATE INDEX job_of_state ON job (state, number);
  CREATE INDEX job_ended ON job (finished_at) WHERE finished_at IS NOT NULL;
  CREATE INDEX candidate_of_device ON candidate (device, number);
  CREATE INDEX search_by_number ON search (number);
  CREATE INDEX search_running ON search ((request ->> 'space')) WHERE state = 'running';
  CREATE INDEX prediction_compared ON prediction (measured_at) WHERE measurement IS NOT NULL;
  `,
];
