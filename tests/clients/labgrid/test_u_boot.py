"""labgrid's U-Boot driver through the pod: pytest --lg-env u-boot.yaml test_u_boot.py (or rfc2217.yaml)."""
import pytest


@pytest.fixture(scope="module")
def u_boot(target):
	power = target.get_driver("PowerProtocol")
	# the console first: labgrid wants to see U-Boot's banner
	target.activate(target.get_driver("ConsoleProtocol", activate=False))
	power.cycle()
	return target.get_driver("UBootDriver")


def test_when_power_is_switched_then_its_state_is_read_back(target):
	# before U-Boot is used: this ends it
	power = target.get_driver("PowerProtocol")
	power.off()
	assert power.get() is False
	power.on()
	assert power.get() is True


def test_when_a_command_runs_then_its_output_and_status_come_back(u_boot):
	output, _, status = u_boot.run("version")
	assert status == 0
	assert any(line.startswith("U-Boot 20") for line in output)


def test_when_a_command_fails_then_its_status_says_so(u_boot):
	_, _, status = u_boot.run("false")
	assert status == 1


def test_when_a_long_answer_comes_then_none_of_it_is_lost(u_boot):
	first = u_boot.run_check("printenv")
	assert len(first) > 20
	assert u_boot.run_check("printenv") == first


def test_when_fifty_commands_run_then_each_gets_its_own_answer(u_boot):
	for number in range(50):
		assert u_boot.run_check("echo answer %d" % number) == ["answer %d" % number]
