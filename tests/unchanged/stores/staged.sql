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
INSERT INTO "studies" VALUES(1,'staged');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MINIMIZE',1,0);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_system_attributes" VALUES(1,1,'overtone:end','{"layers": 2}');
INSERT INTO "study_system_attributes" VALUES(2,1,'overtone:stage:0','{"index": 0, "region": "4f53cda18c2b", "cohort": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], "failed": 3, "recovery": {"names": ["kind", "flag", "count", "rate", "deep"], "levels": [3, 2, 4, 4, 3], "families": {"0": {"table": [[-1.224744871391589, -0.7071067811865476], [1.224744871391589, -0.7071067811865476], [0.0, 1.4142135623730951]], "is_grouped": true, "labels": ["a", "b", "c"]}, "1": {"table": [[-1.0], [1.0]], "is_grouped": false, "labels": ["false", "true"]}, "2": {"table": [[-1.3416407864998738, 1.0, -0.4472135954999579], [-0.4472135954999579, -1.0, 1.3416407864998738], [0.4472135954999579, -1.0, -1.3416407864998738], [1.3416407864998738, 1.0, 0.4472135954999579]], "is_grouped": false, "labels": ["1 .. 4", "5 .. 8", "9 .. 12", "13 .. 16"]}, "3": {"table": [[-1.3416407864998738, 1.0, -0.4472135954999579], [-0.4472135954999579, -1.0, 1.3416407864998738], [0.4472135954999579, -1.0, -1.3416407864998738], [1.3416407864998738, 1.0, 0.4472135954999579]], "is_grouped": false, "labels": ["0 .. 0.25", "0.25 .. 0.5", "0.5 .. 0.75", "0.75 .. 1"]}}, "polynomial": {"terms": [[], [[0, 1], [2, 2]], [[0, 2], [2, 2]], [[3, 1]]], "coefficients": [1.7921759762944534, -0.9579871839366205, 2.425905694047166, 0.5978104932996512]}, "errors": [0.43346997850684427, 0.500205823752375, 0.4001082529522844, 0.42587205814653434], "shrunk": {"terms": [[], [[0, 1], [2, 2]], [[0, 2], [2, 2]], [[1, 1]], [[1, 1], [2, 2], [3, 1]], [[3, 2]], [[3, 1]]], "coefficients": [0.05166343801347437, -0.10762693514636644, 0.23911757842350462, 0.08009553183945059, -0.04725974721859011, -0.009961022882789486, 0.00934198274004881]}, "penalty": 0.3308186880409811, "duality_gap": 1.5373091789753858e-12, "noise": 1.687836508766709, "validated": 0.2752889325014577, "p_value": 0.55, "samples": 16, "constant": [], "merged": []}, "minimum": {"parameters": [0, 2, 3], "assignments": [[2, 1, 0], [2, 2, 0], [1, 0, 0], [1, 3, 0]], "values": [-1.498652227958181, -1.498652227958181, -1.4666922016198867, -1.4666922016198867], "ties": 2, "is_proved": true}, "alternatives": [{"kind": [2.0, 2.0], "count": [5.0, 8.0], "rate": [0.0, 0.25]}, {"kind": [2.0, 2.0], "count": [9.0, 12.0], "rate": [0.0, 0.25]}, {"kind": [1.0, 1.0], "count": [1.0, 4.0], "rate": [0.0, 0.25]}, {"kind": [1.0, 1.0], "count": [13.0, 16.0], "rate": [0.0, 0.25]}]}');
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_user_attributes" VALUES(1,1,'overtone:study','{"key": "df117567f79b42018713d4daa340b739", "metric": "loss", "direction": "minimize", "space": {"kind": {"choices": ["a", "b", "c"], "when": {}}, "flag": {"choices": [false, true], "when": {}}, "count": {"type": "integer", "low": 1, "high": 16, "step": 1, "log": false, "when": {}}, "rate": {"type": "real", "low": 0.0, "high": 1.0, "step": null, "log": false, "when": {}}, "deep": {"type": "integer", "low": 1, "high": 3, "step": 1, "log": false, "when": {"kind": ["b"]}}}, "budget": {"least": 1, "most": 9, "eta": 3}, "fidelity": {"stages": [{"layers": 1}], "end": {"layers": 2}}}');
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
INSERT INTO "trial_intermediate_values" VALUES(1,1,9,3.11111111111111116045e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,4,9,5.63546147605121228174e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(3,5,9,-1.35599882094122259346e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(4,6,9,6.35884261562687314039e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(5,7,9,2.65813260674315543496e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(6,8,9,-1.67874816066114318502e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(7,9,9,-1.44265170762471628407e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(8,10,9,2.06897355775658930987e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(9,11,9,3.07604125563712083035e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(10,12,9,-1.25498717815028948407e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(11,13,9,2.31846771447753052797e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(12,14,9,4.82670583517537887807e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(13,15,9,-1.62027236510545336045e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(14,16,9,6.09263091199684692078e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(15,18,9,-2.67874816066114318502e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(16,19,9,5.35884261562687314039e+00,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(17,20,9,2.65813260674315543496e+00,'FINITE');
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
INSERT INTO "trial_params" VALUES(4,1,'rate',0.5,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(5,1,'layers',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(6,2,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(7,2,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(8,2,'count',16.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(9,2,'rate',3.25401084891983383151e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(10,2,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(11,3,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(12,3,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(13,3,'count',15.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(14,3,'rate',0.735859279864253,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(15,3,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(16,4,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(17,4,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(18,4,'count',4.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(19,4,'rate',7.52435036494010112129e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(20,4,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(21,5,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(22,5,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(23,5,'count',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(24,5,'rate',8.32890067947666290493e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(25,5,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(26,6,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(27,6,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(28,6,'count',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(29,6,'rate',5.47731504515762579465e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(30,6,'deep',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(31,6,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(32,7,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(33,7,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(34,7,'count',10.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(35,7,'rate',8.47021495632044207901e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(36,7,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(37,8,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(38,8,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(39,8,'count',15.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(40,8,'rate',8.98592717722543898872e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(41,8,'deep',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(42,8,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(43,9,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(44,9,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(45,9,'count',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(46,9,'rate',7.46237181264172599881e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(47,9,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(48,10,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(49,10,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(50,10,'count',4.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(51,10,'rate',3.95786244664547814942e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(52,10,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(53,11,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(54,11,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(55,11,'count',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(56,11,'rate',1.03506985547399010805e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(57,11,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(58,12,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(59,12,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(60,12,'count',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(61,12,'rate',9.33901710738599399874e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(62,12,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(63,13,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(64,13,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(65,13,'count',4.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(66,13,'rate',9.26433966335804548464e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(67,13,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(68,14,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(69,14,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(70,14,'count',14.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(71,14,'rate',6.71559472406426771762e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(72,14,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(73,15,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(74,15,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(75,15,'count',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(76,15,'rate',3.13834762165644542974e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(77,15,'deep',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(78,15,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(79,16,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(80,16,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(81,16,'count',12.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(82,16,'rate',7.98151980088573576033e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(83,16,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(84,17,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(85,17,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(86,17,'count',15.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(87,17,'rate',0.354187516738371,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(88,17,'layers',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(89,18,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(90,18,'flag',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(91,18,'count',15.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(92,18,'rate',8.98592717722543898872e-02,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(93,18,'deep',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(94,18,'layers',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(95,19,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(96,19,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(97,19,'count',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(98,19,'rate',5.47731504515762579465e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(99,19,'deep',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 3}}');
INSERT INTO "trial_params" VALUES(100,19,'layers',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
INSERT INTO "trial_params" VALUES(101,20,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO "trial_params" VALUES(102,20,'flag',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [false, true]}}');
INSERT INTO "trial_params" VALUES(103,20,'count',10.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 16}}');
INSERT INTO "trial_params" VALUES(104,20,'rate',8.47021495632044207901e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}');
INSERT INTO "trial_params" VALUES(105,20,'layers',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'fixed_params','{"kind": "a", "flag": false, "count": 1, "rate": 0.5, "layers": 2}');
INSERT INTO "trial_system_attributes" VALUES(2,2,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(3,3,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(4,4,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(5,5,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(6,6,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(7,7,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(8,8,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(9,9,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(10,10,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(11,11,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(12,12,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(13,13,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(14,14,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(15,15,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(16,16,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(17,17,'overtone:drawn','{"stage": 0, "region": "4f53cda18c2b@2c69936e"}');
INSERT INTO "trial_system_attributes" VALUES(18,18,'overtone:drawn','{"stage": 1, "check": 7, "region": ""}');
INSERT INTO "trial_system_attributes" VALUES(19,19,'overtone:drawn','{"stage": 1, "check": 5, "region": ""}');
INSERT INTO "trial_system_attributes" VALUES(20,20,'overtone:drawn','{"stage": 1, "check": 6, "region": ""}');
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
INSERT INTO "trial_user_attributes" VALUES(2,1,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(3,1,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(4,1,'overtone:seconds-by-then','0.09605581099998517');
INSERT INTO "trial_user_attributes" VALUES(5,1,'overtone:seconds','{"9": 0.09605581099998517}');
INSERT INTO "trial_user_attributes" VALUES(6,1,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(7,1,'overtone:spent','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(8,2,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(9,2,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(10,2,'overtone:seconds-by-then','0.20113396799996508');
INSERT INTO "trial_user_attributes" VALUES(11,2,'overtone:seconds','{"9": 0.10507815699997991}');
INSERT INTO "trial_user_attributes" VALUES(12,2,'overtone:failure','"crash: exit code 1: too large"');
INSERT INTO "trial_user_attributes" VALUES(13,3,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(14,3,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(15,3,'overtone:seconds-by-then','0.28484131900000875');
INSERT INTO "trial_user_attributes" VALUES(16,3,'overtone:seconds','{"9": 0.08370735100004367}');
INSERT INTO "trial_user_attributes" VALUES(17,3,'overtone:failure','"crash: exit code 1: too large"');
INSERT INTO "trial_user_attributes" VALUES(18,4,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(19,4,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(20,4,'overtone:seconds-by-then','0.3720574139999826');
INSERT INTO "trial_user_attributes" VALUES(21,4,'overtone:seconds','{"9": 0.08721609499997385}');
INSERT INTO "trial_user_attributes" VALUES(22,4,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(23,4,'overtone:spent','{"9": 18}');
INSERT INTO "trial_user_attributes" VALUES(24,5,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(25,5,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(26,5,'overtone:seconds-by-then','0.48551379700001007');
INSERT INTO "trial_user_attributes" VALUES(27,5,'overtone:seconds','{"9": 0.11345638300002747}');
INSERT INTO "trial_user_attributes" VALUES(28,5,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(29,5,'overtone:spent','{"9": 27}');
INSERT INTO "trial_user_attributes" VALUES(30,6,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(31,6,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(32,6,'overtone:seconds-by-then','0.5800485149999872');
INSERT INTO "trial_user_attributes" VALUES(33,6,'overtone:seconds','{"9": 0.09453471799997715}');
INSERT INTO "trial_user_attributes" VALUES(34,6,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(35,6,'overtone:spent','{"9": 36}');
INSERT INTO "trial_user_attributes" VALUES(36,7,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(37,7,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(38,7,'overtone:seconds-by-then','0.6842524749999939');
INSERT INTO "trial_user_attributes" VALUES(39,7,'overtone:seconds','{"9": 0.10420396000000665}');
INSERT INTO "trial_user_attributes" VALUES(40,7,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(41,7,'overtone:spent','{"9": 45}');
INSERT INTO "trial_user_attributes" VALUES(42,8,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(43,8,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(44,8,'overtone:seconds-by-then','0.776329134999969');
INSERT INTO "trial_user_attributes" VALUES(45,8,'overtone:seconds','{"9": 0.09207665999997516}');
INSERT INTO "trial_user_attributes" VALUES(46,8,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(47,8,'overtone:spent','{"9": 54}');
INSERT INTO "trial_user_attributes" VALUES(48,9,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(49,9,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(50,9,'overtone:seconds-by-then','0.8747239489999288');
INSERT INTO "trial_user_attributes" VALUES(51,9,'overtone:seconds','{"9": 0.09839481399995975}');
INSERT INTO "trial_user_attributes" VALUES(52,9,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(53,9,'overtone:spent','{"9": 63}');
INSERT INTO "trial_user_attributes" VALUES(54,10,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(55,10,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(56,10,'overtone:seconds-by-then','0.9745565739999051');
INSERT INTO "trial_user_attributes" VALUES(57,10,'overtone:seconds','{"9": 0.09983262499997636}');
INSERT INTO "trial_user_attributes" VALUES(58,10,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(59,10,'overtone:spent','{"9": 72}');
INSERT INTO "trial_user_attributes" VALUES(60,11,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(61,11,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(62,11,'overtone:seconds-by-then','1.0709491369999');
INSERT INTO "trial_user_attributes" VALUES(63,11,'overtone:seconds','{"9": 0.09639256299999488}');
INSERT INTO "trial_user_attributes" VALUES(64,11,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(65,11,'overtone:spent','{"9": 81}');
INSERT INTO "trial_user_attributes" VALUES(66,12,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(67,12,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(68,12,'overtone:seconds-by-then','1.1795971419999205');
INSERT INTO "trial_user_attributes" VALUES(69,12,'overtone:seconds','{"9": 0.10864800500002048}');
INSERT INTO "trial_user_attributes" VALUES(70,12,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(71,12,'overtone:spent','{"9": 90}');
INSERT INTO "trial_user_attributes" VALUES(72,13,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(73,13,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(74,13,'overtone:seconds-by-then','1.27755966299992');
INSERT INTO "trial_user_attributes" VALUES(75,13,'overtone:seconds','{"9": 0.09796252099999947}');
INSERT INTO "trial_user_attributes" VALUES(76,13,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(77,13,'overtone:spent','{"9": 99}');
INSERT INTO "trial_user_attributes" VALUES(78,14,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(79,14,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(80,14,'overtone:seconds-by-then','1.385675714999934');
INSERT INTO "trial_user_attributes" VALUES(81,14,'overtone:seconds','{"9": 0.10811605200001395}');
INSERT INTO "trial_user_attributes" VALUES(82,14,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(83,14,'overtone:spent','{"9": 108}');
INSERT INTO "trial_user_attributes" VALUES(84,15,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(85,15,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(86,15,'overtone:seconds-by-then','1.4858780209999622');
INSERT INTO "trial_user_attributes" VALUES(87,15,'overtone:seconds','{"9": 0.10020230600002833}');
INSERT INTO "trial_user_attributes" VALUES(88,15,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(89,15,'overtone:spent','{"9": 117}');
INSERT INTO "trial_user_attributes" VALUES(90,16,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(91,16,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(92,16,'overtone:seconds-by-then','1.582982245999915');
INSERT INTO "trial_user_attributes" VALUES(93,16,'overtone:seconds','{"9": 0.09710422499995275}');
INSERT INTO "trial_user_attributes" VALUES(94,16,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(95,16,'overtone:spent','{"9": 126}');
INSERT INTO "trial_user_attributes" VALUES(96,17,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(97,17,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(98,17,'overtone:seconds-by-then','1.6666447299999163');
INSERT INTO "trial_user_attributes" VALUES(99,17,'overtone:seconds','{"9": 0.08366248400000131}');
INSERT INTO "trial_user_attributes" VALUES(100,17,'overtone:failure','"crash: exit code 1: too large"');
INSERT INTO "trial_user_attributes" VALUES(101,18,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(102,18,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(103,18,'overtone:seconds-by-then','1.7623523019999539');
INSERT INTO "trial_user_attributes" VALUES(104,18,'overtone:seconds','{"9": 0.09570757200003754}');
INSERT INTO "trial_user_attributes" VALUES(105,18,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(106,18,'overtone:spent','{"9": 135}');
INSERT INTO "trial_user_attributes" VALUES(107,19,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(108,19,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(109,19,'overtone:seconds-by-then','1.8546708759999433');
INSERT INTO "trial_user_attributes" VALUES(110,19,'overtone:seconds','{"9": 0.09231857399998944}');
INSERT INTO "trial_user_attributes" VALUES(111,19,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(112,19,'overtone:spent','{"9": 144}');
INSERT INTO "trial_user_attributes" VALUES(113,20,'overtone:worker','"e426a30c4a604fdeb27978d6c07aa4fb"');
INSERT INTO "trial_user_attributes" VALUES(114,20,'overtone:rung','{"bracket": null, "budget": 9}');
INSERT INTO "trial_user_attributes" VALUES(115,20,'overtone:seconds-by-then','1.9525211819999413');
INSERT INTO "trial_user_attributes" VALUES(116,20,'overtone:seconds','{"9": 0.097850305999998}');
INSERT INTO "trial_user_attributes" VALUES(117,20,'overtone:cost','{"9": 9}');
INSERT INTO "trial_user_attributes" VALUES(118,20,'overtone:spent','{"9": 153}');
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
INSERT INTO "trial_values" VALUES(1,1,0,3.11111111111111116045e-01,'FINITE');
INSERT INTO "trial_values" VALUES(2,4,0,5.63546147605121228174e-01,'FINITE');
INSERT INTO "trial_values" VALUES(3,5,0,-1.35599882094122259346e+00,'FINITE');
INSERT INTO "trial_values" VALUES(4,6,0,6.35884261562687314039e+00,'FINITE');
INSERT INTO "trial_values" VALUES(5,7,0,2.65813260674315543496e+00,'FINITE');
INSERT INTO "trial_values" VALUES(6,8,0,-1.67874816066114318502e+00,'FINITE');
INSERT INTO "trial_values" VALUES(7,9,0,-1.44265170762471628407e+00,'FINITE');
INSERT INTO "trial_values" VALUES(8,10,0,2.06897355775658930987e-01,'FINITE');
INSERT INTO "trial_values" VALUES(9,11,0,3.07604125563712083035e-01,'FINITE');
INSERT INTO "trial_values" VALUES(10,12,0,-1.25498717815028948407e+00,'FINITE');
INSERT INTO "trial_values" VALUES(11,13,0,2.31846771447753052797e+00,'FINITE');
INSERT INTO "trial_values" VALUES(12,14,0,4.82670583517537887807e-01,'FINITE');
INSERT INTO "trial_values" VALUES(13,15,0,-1.62027236510545336045e+00,'FINITE');
INSERT INTO "trial_values" VALUES(14,16,0,6.09263091199684692078e-01,'FINITE');
INSERT INTO "trial_values" VALUES(15,18,0,-2.67874816066114318502e+00,'FINITE');
INSERT INTO "trial_values" VALUES(16,19,0,5.35884261562687314039e+00,'FINITE');
INSERT INTO "trial_values" VALUES(17,20,0,2.65813260674315543496e+00,'FINITE');
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
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-28 00:07:02.384233','2026-11-28 00:07:02.543778');
INSERT INTO "trials" VALUES(2,1,1,'FAIL','2026-11-28 00:07:02.559094','2026-11-28 00:07:02.721793');
INSERT INTO "trials" VALUES(3,2,1,'FAIL','2026-11-28 00:07:02.735023','2026-11-28 00:07:02.871112');
INSERT INTO "trials" VALUES(4,3,1,'COMPLETE','2026-11-28 00:07:02.883131','2026-11-28 00:07:03.040328');
INSERT INTO "trials" VALUES(5,4,1,'COMPLETE','2026-11-28 00:07:03.053128','2026-11-28 00:07:03.238306');
INSERT INTO "trials" VALUES(6,5,1,'COMPLETE','2026-11-28 00:07:03.250870','2026-11-28 00:07:03.413876');
INSERT INTO "trials" VALUES(7,6,1,'COMPLETE','2026-11-28 00:07:03.425690','2026-11-28 00:07:03.688136');
INSERT INTO "trials" VALUES(8,7,1,'COMPLETE','2026-11-28 00:07:03.701494','2026-11-28 00:07:03.873084');
INSERT INTO "trials" VALUES(9,8,1,'COMPLETE','2026-11-28 00:07:03.894048','2026-11-28 00:07:04.077428');
INSERT INTO "trials" VALUES(10,9,1,'COMPLETE','2026-11-28 00:07:04.089130','2026-11-28 00:07:04.260601');
INSERT INTO "trials" VALUES(11,10,1,'COMPLETE','2026-11-28 00:07:04.272516','2026-11-28 00:07:04.438989');
INSERT INTO "trials" VALUES(12,11,1,'COMPLETE','2026-11-28 00:07:04.450743','2026-11-28 00:07:04.637628');
INSERT INTO "trials" VALUES(13,12,1,'COMPLETE','2026-11-28 00:07:04.649237','2026-11-28 00:07:04.814923');
INSERT INTO "trials" VALUES(14,13,1,'COMPLETE','2026-11-28 00:07:04.828095','2026-11-28 00:07:05.004050');
INSERT INTO "trials" VALUES(15,14,1,'COMPLETE','2026-11-28 00:07:05.016070','2026-11-28 00:07:05.188048');
INSERT INTO "trials" VALUES(16,15,1,'COMPLETE','2026-11-28 00:07:05.200131','2026-11-28 00:07:05.365169');
INSERT INTO "trials" VALUES(17,16,1,'FAIL','2026-11-28 00:07:05.377428','2026-11-28 00:07:05.518926');
INSERT INTO "trials" VALUES(18,17,1,'COMPLETE','2026-11-28 00:07:05.533846','2026-11-28 00:07:05.893658');
INSERT INTO "trials" VALUES(19,18,1,'COMPLETE','2026-11-28 00:07:05.906261','2026-11-28 00:07:06.064070');
INSERT INTO "trials" VALUES(20,19,1,'COMPLETE','2026-11-28 00:07:06.076713','2026-11-28 00:07:06.242119');
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
