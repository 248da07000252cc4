"""A camera from its supply to its login, with the environment that README.md shows: pytest --lg-env environment.yaml test_camera.py."""
import pytest


@pytest.fixture(scope="module")
def power(target):
	# the console first: labgrid wants to see U-Boot's banner
	target.activate(target.get_driver("ConsoleProtocol", activate=False))
	return target.get_driver("PowerProtocol")


def test_when_power_is_switched_then_its_state_is_read_back(power):
	power.off()
	assert power.get() is False
	power.on()
	assert power.get() is True


def test_when_the_camera_starts_then_u_boot_obeys(target, power):
	power.cycle()
	u_boot = target.get_driver("UBootDriver")
	output, _, status = u_boot.run("version")
	assert status == 0
	assert any(line.startswith("U-Boot 20") for line in output)
	assert u_boot.run("false")[2] == 1


def test_when_u_boot_is_told_to_boot_then_its_linux_takes_the_login(target):
	u_boot = target.get_driver("UBootDriver")
	u_boot.boot("")
	u_boot.await_boot()
	target.deactivate(u_boot)
	assert target.get_driver("ShellDriver").run_check("uname -s") == ["Linux"]


def test_when_nobody_stops_autoboot_then_the_login_comes_all_the_same(target, power):
	shell = target.get_driver("ShellDriver")
	target.deactivate(shell)
	power.cycle()
	target.activate(shell)
	assert shell.run("false")[2] == 1
	assert shell.run_check("echo again") == ["again"]
