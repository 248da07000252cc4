"""labgrid's shell driver through the pod: pytest --lg-env linux.yaml test_linux.py."""
import pytest


@pytest.fixture(scope="module")
def shell(target):
	power = target.get_driver("PowerProtocol")
	target.activate(target.get_driver("ConsoleProtocol", activate=False))
	power.cycle()
	return target.get_driver("ShellDriver")


def test_when_logged_in_then_a_command_gives_output_and_status(shell):
	assert shell.run_check("echo hello") == ["hello"]
	assert shell.run("false")[2] == 1


def test_when_asked_for_the_kernel_then_it_is_linux(shell):
	assert shell.run_check("uname -s") == ["Linux"]


def test_when_power_is_cut_and_back_then_it_logs_in_again(target, shell):
	target.deactivate(shell)
	target.get_driver("PowerProtocol").cycle()
	target.activate(shell)
	assert shell.run_check("echo again") == ["again"]
