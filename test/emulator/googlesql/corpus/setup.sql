CREATE SCHEMA proj.raw; CREATE SCHEMA proj.mart;
CREATE TABLE proj.raw.students(student_id VARCHAR, school_id BIGINT, payload JSON, run_id VARCHAR, ingested_at TIMESTAMPTZ);
INSERT INTO proj.raw.students VALUES
 ('S1',10,'{"studentUniqueId":"S1","name":{"first":"Ada","last":"Byron"},"birthDate":"2012-03-04","grade":7,"gpa":3.5,"active":true,"tags":["gt","ell"],"addresses":[{"type":"home","city":"Reno"},{"type":"mail","city":"Elko"}],"note":null}','r1','2025-09-01 10:00:00+00'),
 ('S1',10,'{"studentUniqueId":"S1","name":{"first":"Ada","last":"Lovelace"},"birthDate":"2012-03-04","grade":8,"gpa":3.75,"active":true,"tags":["gt"],"addresses":[{"type":"home","city":"Sparks"}],"note":null}','r2','2025-09-02 10:00:00+00'),
 ('S2',20,'{"studentUniqueId":"S2","name":{"first":"Bob","last":"Ray"},"birthDate":"bad-date","grade":"9","gpa":"n/a","active":false,"tags":[],"addresses":[]}','r1','2025-09-01 11:00:00+00'),
 ('S3',10,'{"studentUniqueId":"S3","name":{"first":"Cy","last":"Young"},"birthDate":"2011-12-31","grade":null,"active":true}','r1','2025-09-01 12:00:00+00');
CREATE TABLE proj.raw.attendance(student_id VARCHAR, d DATE, status VARCHAR, minutes BIGINT);
INSERT INTO proj.raw.attendance VALUES ('S1','2025-09-01','P',300),('S1','2025-09-02','A',0),('S1','2025-09-03','P',280),('S1','2025-09-05','T',200),('S2','2025-09-01','P',310),('S2','2025-09-02','P',NULL),('S3','2025-09-01','A',0);
CREATE TABLE proj.raw.scores(student_id VARCHAR, term VARCHAR, subject VARCHAR, rit DOUBLE);
INSERT INTO proj.raw.scores VALUES ('S1','F25','Math',210),('S1','F25','Read',200),('S1','W26','Math',218),('S2','F25','Math',190),('S2','F25','Read',NULL),('S3','F25','Math',230);
CREATE TABLE proj.mart.dim_student(student_id VARCHAR, last_name VARCHAR, is_current BOOLEAN);
INSERT INTO proj.mart.dim_student VALUES ('S1','Byron',true),('S9','Gone',true);
