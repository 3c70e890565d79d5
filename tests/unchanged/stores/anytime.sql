BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'anytime');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MAXIMIZE',1,0);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_user_attributes" VALUES(1,1,'overtone:study','{"key": "e6c944c3ba2649248a84a39edb020ec3", "metric": "score", "direction": "maximize", "space": {"kind": {"choices": ["a", "b", "c"], "when": {}}, "flag": {"choices": [false, true], "when": {}}, "count": {"type": "integer", "low": 1, "high": 16, "step": 1, "log": false, "when": {}}, "rate": {"type": "real", "low": 0.001, "high": 1.0, "step": null, "log": true, "when": {}}, "deep": {"type": "integer", "low": 1, "high": 3, "step": 1, "log": false, "when": {"kind": ["b"]}}}, "budget": null, "fidelity": null}');
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(2,1,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(3,1,'count',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(4,1,'rate',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(5,2,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(6,2,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(7,2,'count',11.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(8,2,'rate',2.02053238180654237687e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(9,2,'deep',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(10,3,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(11,3,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(12,3,'count',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(13,3,'rate',2.2772220533124024229e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(14,4,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(15,4,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(16,4,'count',13.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(17,4,'rate',6.47293109597971150215e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(18,5,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(19,5,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(20,5,'count',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(21,5,'rate',1.04384781865567285649e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(22,6,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(23,6,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(24,6,'count',9.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(25,6,'rate',6.51398468256629614714e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(26,6,'deep',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(27,7,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(28,7,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(29,7,'count',16.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(30,7,'rate',1.53264066022935890182e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(31,7,'deep',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(32,8,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(33,8,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(34,8,'count',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(35,8,'rate',0.00581965694804445,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(36,9,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(37,9,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(38,9,'count',14.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(39,9,'rate',4.83644743501049911849e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(40,10,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(41,10,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(42,10,'count',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(43,10,'rate',3.76822269603375836766e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(44,11,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(45,11,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(46,11,'count',16.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(47,11,'rate',1.0,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(48,11,'deep',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(49,12,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(50,12,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(51,12,'count',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(52,12,'rate',2.07414110806196788638e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(53,12,'deep',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(54,13,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(55,13,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(56,13,'count',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(57,13,'rate',1.00000000000000023765e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(58,13,'deep',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(59,14,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(60,14,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(61,14,'count',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(62,14,'rate',4.46880637600301847123e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(63,14,'deep',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(64,15,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(65,15,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(66,15,'count',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(67,15,'rate',1.49418337867596642126e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(68,16,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(69,16,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(70,16,'count',8.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(71,16,'rate',1.92875471170829621003e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(72,16,'deep',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(73,17,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(74,17,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(75,17,'count',1.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(76,17,'rate',1.06410125402383926029e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(77,17,'deep',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(78,18,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(79,18,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(80,18,'count',11.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(81,18,'rate',3.47017791090969713457e-03,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(82,18,'deep',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(83,19,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(84,19,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(85,19,'count',4.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(86,19,'rate',2.72131149402446870233e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(87,19,'deep',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(88,20,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(89,20,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(90,20,'count',13.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(91,20,'rate',2.79541075030233565623e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(92,20,'deep',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(93,21,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(94,21,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(95,21,'count',16.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(96,21,'rate',2.40254919987801407454e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.001, "high": 1.0, "log": true}}');
INSERT INTO "trial_params" VALUES(97,21,'deep',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'fixed_params','{"kind": "a", "flag": false, "count": 1, "rate": 0.5}');
INSERT INTO "trial_system_attributes" VALUES(2,2,'overtone:given','{"kind": 1, "flag": 1, "count": 11.0, "rate": 0.20205323818065424, "deep": 1.0}');
INSERT INTO "trial_system_attributes" VALUES(3,3,'overtone:given','{"kind": 0, "flag": 1, "count": 5.0, "rate": 0.0022772220533124024}');
INSERT INTO "trial_system_attributes" VALUES(4,4,'overtone:given','{"kind": 2, "flag": 1, "count": 13.0, "rate": 0.06472931095979712}');
INSERT INTO "trial_system_attributes" VALUES(5,5,'overtone:given','{"kind": 0, "flag": 1, "count": 7.0, "rate": 0.0010438478186556729}');
INSERT INTO "trial_system_attributes" VALUES(6,6,'overtone:given','{"kind": 1, "flag": 0, "count": 9.0, "rate": 0.6513984682566296, "deep": 3.0}');
INSERT INTO "trial_system_attributes" VALUES(7,7,'overtone:given','{"kind": 1, "flag": 0, "count": 16.0, "rate": 0.015326406602293589, "deep": 3.0}');
INSERT INTO "trial_system_attributes" VALUES(8,8,'overtone:given','{"kind": 2, "flag": 0, "count": 1.0, "rate": 0.00581965694804445}');
INSERT INTO "trial_system_attributes" VALUES(9,9,'overtone:given','{"kind": 2, "flag": 0, "count": 14.0, "rate": 0.04836447435010499}');
INSERT INTO "trial_system_attributes" VALUES(10,10,'overtone:given','{"kind": 0, "flag": 0, "count": 2.0, "rate": 0.37682226960337584}');
INSERT INTO "trial_system_attributes" VALUES(11,11,'overtone:given','{"kind": 1, "flag": 1, "count": 16.0, "rate": 1.0, "deep": 1.0}');
INSERT INTO "trial_system_attributes" VALUES(12,12,'overtone:given','{"kind": 1, "flag": 1, "count": 2.0, "rate": 0.2074141108061968, "deep": 1.0}');
INSERT INTO "trial_system_attributes" VALUES(13,13,'overtone:given','{"kind": 1, "flag": 1, "count": 2.0, "rate": 0.0010000000000000002, "deep": 1.0}');
INSERT INTO "trial_system_attributes" VALUES(14,14,'overtone:given','{"kind": 1, "flag": 0, "count": 5.0, "rate": 0.044688063760030185, "deep": 1.0}');
INSERT INTO "trial_system_attributes" VALUES(15,15,'overtone:given','{"kind": 0, "flag": 0, "count": 6.0, "rate": 0.014941833786759664}');
INSERT INTO "trial_system_attributes" VALUES(16,16,'overtone:given','{"kind": 1, "flag": 1, "count": 8.0, "rate": 0.19287547117082962, "deep": 3.0}');
INSERT INTO "trial_system_attributes" VALUES(17,17,'overtone:given','{"kind": 1, "flag": 1, "count": 1.0, "rate": 0.10641012540238393, "deep": 3.0}');
INSERT INTO "trial_system_attributes" VALUES(18,18,'overtone:given','{"kind": 1, "flag": 1, "count": 11.0, "rate": 0.003470177910909697, "deep": 3.0}');
INSERT INTO "trial_system_attributes" VALUES(19,19,'overtone:given','{"kind": 1, "flag": 1, "count": 4.0, "rate": 0.27213114940244687, "deep": 3.0}');
INSERT INTO "trial_system_attributes" VALUES(20,20,'overtone:given','{"kind": 1, "flag": 1, "count": 13.0, "rate": 0.27954107503023357, "deep": 3.0}');
INSERT INTO "trial_system_attributes" VALUES(21,21,'overtone:given','{"kind": 1, "flag": 1, "count": 16.0, "rate": 0.2402549199878014, "deep": 3.0}');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'overtone:default','true');
INSERT INTO "trial_user_attributes" VALUES(2,1,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(3,1,'overtone:seconds-by-then','0.09526632699999027');
INSERT INTO "trial_user_attributes" VALUES(4,1,'overtone:seconds','{"None": 0.09526632699999027}');
INSERT INTO "trial_user_attributes" VALUES(5,2,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(6,2,'overtone:seconds-by-then','0.1961141150000003');
INSERT INTO "trial_user_attributes" VALUES(7,2,'overtone:seconds','{"None": 0.10084778800001004}');
INSERT INTO "trial_user_attributes" VALUES(8,3,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(9,3,'overtone:seconds-by-then','0.29870522400000254');
INSERT INTO "trial_user_attributes" VALUES(10,3,'overtone:seconds','{"None": 0.10259110900000223}');
INSERT INTO "trial_user_attributes" VALUES(11,4,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(12,4,'overtone:seconds-by-then','0.40463020700002517');
INSERT INTO "trial_user_attributes" VALUES(13,4,'overtone:seconds','{"None": 0.10592498300002262}');
INSERT INTO "trial_user_attributes" VALUES(14,4,'overtone:failure','"crash: exit code 1: too large"');
INSERT INTO "trial_user_attributes" VALUES(15,5,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(16,5,'overtone:seconds-by-then','0.49858681000000615');
INSERT INTO "trial_user_attributes" VALUES(17,5,'overtone:seconds','{"None": 0.09395660299998099}');
INSERT INTO "trial_user_attributes" VALUES(18,6,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(19,6,'overtone:seconds-by-then','0.5918627390000211');
INSERT INTO "trial_user_attributes" VALUES(20,6,'overtone:seconds','{"None": 0.09327592900001491}');
INSERT INTO "trial_user_attributes" VALUES(21,7,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(22,7,'overtone:seconds-by-then','0.6850986480000643');
INSERT INTO "trial_user_attributes" VALUES(23,7,'overtone:seconds','{"None": 0.0932359090000432}');
INSERT INTO "trial_user_attributes" VALUES(24,8,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(25,8,'overtone:seconds-by-then','0.7853523960000643');
INSERT INTO "trial_user_attributes" VALUES(26,8,'overtone:seconds','{"None": 0.10025374800000009}');
INSERT INTO "trial_user_attributes" VALUES(27,9,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(28,9,'overtone:seconds-by-then','0.8902137940000898');
INSERT INTO "trial_user_attributes" VALUES(29,9,'overtone:seconds','{"None": 0.10486139800002547}');
INSERT INTO "trial_user_attributes" VALUES(30,9,'overtone:failure','"crash: exit code 1: too large"');
INSERT INTO "trial_user_attributes" VALUES(31,10,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(32,10,'overtone:seconds-by-then','1.0147679420001054');
INSERT INTO "trial_user_attributes" VALUES(33,10,'overtone:seconds','{"None": 0.12455414800001563}');
INSERT INTO "trial_user_attributes" VALUES(34,11,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(35,11,'overtone:seconds-by-then','1.1232633220000707');
INSERT INTO "trial_user_attributes" VALUES(36,11,'overtone:seconds','{"None": 0.10849537999996528}');
INSERT INTO "trial_user_attributes" VALUES(37,12,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(38,12,'overtone:seconds-by-then','1.2310342090000859');
INSERT INTO "trial_user_attributes" VALUES(39,12,'overtone:seconds','{"None": 0.10777088700001514}');
INSERT INTO "trial_user_attributes" VALUES(40,13,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(41,13,'overtone:seconds-by-then','1.3239791850000984');
INSERT INTO "trial_user_attributes" VALUES(42,13,'overtone:seconds','{"None": 0.0929449760000125}');
INSERT INTO "trial_user_attributes" VALUES(43,14,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(44,14,'overtone:seconds-by-then','1.439382862000059');
INSERT INTO "trial_user_attributes" VALUES(45,14,'overtone:seconds','{"None": 0.11540367699996068}');
INSERT INTO "trial_user_attributes" VALUES(46,15,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(47,15,'overtone:seconds-by-then','1.5427935460000413');
INSERT INTO "trial_user_attributes" VALUES(48,15,'overtone:seconds','{"None": 0.10341068399998221}');
INSERT INTO "trial_user_attributes" VALUES(49,16,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(50,16,'overtone:seconds-by-then','1.64083182600001');
INSERT INTO "trial_user_attributes" VALUES(51,16,'overtone:seconds','{"None": 0.09803827999996884}');
INSERT INTO "trial_user_attributes" VALUES(52,17,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(53,17,'overtone:seconds-by-then','1.7462968149999938');
INSERT INTO "trial_user_attributes" VALUES(54,17,'overtone:seconds','{"None": 0.10546498899998369}');
INSERT INTO "trial_user_attributes" VALUES(55,18,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(56,18,'overtone:seconds-by-then','1.8286255520000054');
INSERT INTO "trial_user_attributes" VALUES(57,18,'overtone:seconds','{"None": 0.08232873700001164}');
INSERT INTO "trial_user_attributes" VALUES(58,19,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(59,19,'overtone:seconds-by-then','1.9297203480000462');
INSERT INTO "trial_user_attributes" VALUES(60,19,'overtone:seconds','{"None": 0.10109479600004079}');
INSERT INTO "trial_user_attributes" VALUES(61,20,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
INSERT INTO "trial_user_attributes" VALUES(62,20,'overtone:seconds-by-then','2.037604522000038');
INSERT INTO "trial_user_attributes" VALUES(63,20,'overtone:seconds','{"None": 0.10788417399999162}');
INSERT INTO "trial_user_attributes" VALUES(64,21,'overtone:worker','"487f2be4e85e48058c5bc2d134675701"');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,-0.2,'FINITE');
INSERT INTO "trial_values" VALUES(2,2,0,4.9020532381806543043e+00,'FINITE');
INSERT INTO "trial_values" VALUES(3,3,0,-2.97722777946687611194e-01,'FINITE');
INSERT INTO "trial_values" VALUES(4,5,0,-2.98956152181344303464e-01,'FINITE');
INSERT INTO "trial_values" VALUES(5,6,0,2.64860153174337042969e+00,'FINITE');
INSERT INTO "trial_values" VALUES(6,7,0,2.71532640660229374063e+00,'FINITE');
INSERT INTO "trial_values" VALUES(7,8,0,-2.94180343051955561772e-01,'FINITE');
INSERT INTO "trial_values" VALUES(8,10,0,-7.68222696033758478684e-02,'FINITE');
INSERT INTO "trial_values" VALUES(9,11,0,4.3,'FINITE');
INSERT INTO "trial_values" VALUES(10,12,0,4.90741411080619727158e+00,'FINITE');
INSERT INTO "trial_values" VALUES(11,13,0,4.70100000000000051159e+00,'FINITE');
INSERT INTO "trial_values" VALUES(12,14,0,7.4468806376003016112e-01,'FINITE');
INSERT INTO "trial_values" VALUES(13,15,0,-2.85058166213240316011e-01,'FINITE');
INSERT INTO "trial_values" VALUES(14,16,0,6.89287547117082954883e+00,'FINITE');
INSERT INTO "trial_values" VALUES(15,17,0,6.80641012540238410366e+00,'FINITE');
INSERT INTO "trial_values" VALUES(16,18,0,6.70347017791091,'FINITE');
INSERT INTO "trial_values" VALUES(17,19,0,6.97213114940244693684e+00,'FINITE');
INSERT INTO "trial_values" VALUES(18,20,0,6.97954107503023379877e+00,'FINITE');
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-28 00:07:09.718737','2026-11-28 00:07:09.848109');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-28 00:07:09.860292','2026-11-28 00:07:10.007976');
INSERT INTO "trials" VALUES(3,2,1,'COMPLETE','2026-11-28 00:07:10.017274','2026-11-28 00:07:10.164341');
INSERT INTO "trials" VALUES(4,3,1,'FAIL','2026-11-28 00:07:10.173933','2026-11-28 00:07:10.323541');
INSERT INTO "trials" VALUES(5,4,1,'COMPLETE','2026-11-28 00:07:10.332645','2026-11-28 00:07:10.473233');
INSERT INTO "trials" VALUES(6,5,1,'COMPLETE','2026-11-28 00:07:10.483655','2026-11-28 00:07:10.627646');
INSERT INTO "trials" VALUES(7,6,1,'COMPLETE','2026-11-28 00:07:10.636001','2026-11-28 00:07:10.775270');
INSERT INTO "trials" VALUES(8,7,1,'COMPLETE','2026-11-28 00:07:10.783099','2026-11-28 00:07:10.923950');
INSERT INTO "trials" VALUES(9,8,1,'FAIL','2026-11-28 00:07:10.932356','2026-11-28 00:07:11.088822');
INSERT INTO "trials" VALUES(10,9,1,'COMPLETE','2026-11-28 00:07:11.097198','2026-11-28 00:07:11.266742');
INSERT INTO "trials" VALUES(11,10,1,'COMPLETE','2026-11-28 00:07:11.275458','2026-11-28 00:07:11.445369');
INSERT INTO "trials" VALUES(12,11,1,'COMPLETE','2026-11-28 00:07:11.453993','2026-11-28 00:07:11.623788');
INSERT INTO "trials" VALUES(13,12,1,'COMPLETE','2026-11-28 00:07:11.633093','2026-11-28 00:07:11.777711');
INSERT INTO "trials" VALUES(14,13,1,'COMPLETE','2026-11-28 00:07:11.789519','2026-11-28 00:07:11.965831');
INSERT INTO "trials" VALUES(15,14,1,'COMPLETE','2026-11-28 00:07:12.060962','2026-11-28 00:07:12.211671');
INSERT INTO "trials" VALUES(16,15,1,'COMPLETE','2026-11-28 00:07:12.220604','2026-11-28 00:07:12.375669');
INSERT INTO "trials" VALUES(17,16,1,'COMPLETE','2026-11-28 00:07:12.384408','2026-11-28 00:07:12.554872');
INSERT INTO "trials" VALUES(18,17,1,'COMPLETE','2026-11-28 00:07:12.569013','2026-11-28 00:07:12.722205');
INSERT INTO "trials" VALUES(19,18,1,'COMPLETE','2026-11-28 00:07:12.731663','2026-11-28 00:07:12.887538');
INSERT INTO "trials" VALUES(20,19,1,'COMPLETE','2026-11-28 00:07:12.895875','2026-11-28 00:07:13.067825');
INSERT INTO "trials" VALUES(21,20,1,'RUNNING','2026-11-28 00:07:13.077111',NULL);
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'5.0.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;
