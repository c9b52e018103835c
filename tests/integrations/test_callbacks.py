"""The callbacks in real trainers, each for one step on random data; expected numbers by hand."""

from __future__ import annotations

import io
import threading
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

# a warning of a class of theirs would be imported again by whoever gathers the tests' results
pytestmark = pytest.mark.filterwarnings("ignore")

from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, Dataset  # noqa: E402

from netledger.errors import BudgetError  # noqa: E402
from netledger.integrations.keeping import Keeping  # noqa: E402


@pytest.fixture(autouse=True)
def no_thread_is_left(monkeypatch):
    """A progress bar's own thread would outlive these tests; where others run, random states are nobody's alone."""
    tqdm = pytest.importorskip("tqdm")
    monkeypatch.setattr(tqdm.tqdm, "monitor_interval", 0)
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before  # those of other tests may end meanwhile


PARAMETERS, MACS = 8 * 4 + 4, 8 * 4


def test_what_all_of_them_do():
    said = io.StringIO()
    keeping = Keeping(file=said, depth=1, max={"parameters": 36, "macs": "1k"}, input_size=(1, 8))
    ledger = keeping.keep(nn.Linear(8, 4))
    assert (ledger.total_params, ledger.total_mult_adds) == (PARAMETERS, MACS)
    assert "36" in said.getvalue()
    assert keeping.figures() == {
        "netledger/parameters": PARAMETERS, "netledger/trainable": PARAMETERS,
        "netledger/macs": MACS, "netledger/bytes": 4 * PARAMETERS,
    }  # fmt: skip
    with pytest.raises(BudgetError, match=r"parameters 36, budget ≤ 35: BROKEN"):
        Keeping(show=False, max={"parameters": 35}).keep(nn.Linear(8, 4))
    assert Keeping(show=False).figures() == {}


class Rows(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return torch.ones(8)


@pytest.fixture
def module(lightning):
    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 4)
            self.example_input_array = torch.zeros(1, 8)

        def forward(self, x):
            return self.fc(x)

        def training_step(self, batch, index):
            return self(batch).square().mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    return Module()


@pytest.fixture
def lightning():
    from tests.torchvision_support import import_torchvision

    import_torchvision()
    return pytest.importorskip("lightning.pytorch")


def fitted(lightning, module, tmp_path, **settings):
    from netledger.integrations.lightning import LedgerCallback

    callback = LedgerCallback(show=False, **settings)
    logger = lightning.loggers.CSVLogger(tmp_path)
    trainer = lightning.Trainer(
        callbacks=[callback], max_steps=1, logger=logger, enable_progress_bar=False, enable_model_summary=False,
        enable_checkpointing=False, accelerator="cpu",
    )  # fmt: skip
    trainer.fit(module, DataLoader(Rows(), batch_size=2))
    return callback, logger


def test_lightning(lightning, module, tmp_path):
    before = module.fc.weight.detach().clone()
    callback, logger = fitted(lightning, module, tmp_path, max={"macs": 32})
    assert callback.ledger.total_mult_adds == MACS
    assert logger.experiment.hparams["netledger/parameters"] == PARAMETERS
    assert not torch.equal(module.fc.weight, before)  # it was trained
    with pytest.raises(BudgetError, match="macs 32"):
        fitted(lightning, module, tmp_path, max={"macs": 31})


def test_transformers(tmp_path):
    pytest.importorskip("accelerate")
    from tests.torchvision_support import import_torchvision

    import_torchvision()
    transformers = pytest.importorskip("transformers")
    from netledger.integrations.transformers import LedgerCallback

    config = transformers.GPT2Config(n_layer=1, n_embd=16, n_head=2, vocab_size=50, n_positions=8)
    model = transformers.GPT2LMHeadModel(config)
    rows = [{"input_ids": torch.arange(8), "labels": torch.arange(8)} for _ in range(2)]
    arguments = transformers.TrainingArguments(
        str(tmp_path), max_steps=1, report_to=[], use_cpu=True, disable_tqdm=True
    )
    callback = LedgerCallback(show=False)
    transformers.Trainer(model, arguments, train_dataset=rows, callbacks=[callback]).train()
    block = 12 * 16**2 + 13 * 16
    assert callback.ledger.total_params == 50 * 16 + 8 * 16 + block + 2 * 16
    assert callback.ledger.total_mult_adds == 8 * (12 * 16**2 + 2 * 8 * 16 + 50 * 16)


@pytest.mark.parametrize(
    ("size", "data", "positions", "channels"),
    [(64, {"channels": 3}, 64 * 64, 3), ((32, 64), {"channels": 1}, 32 * 64, 1), ([64, 64], None, 64 * 64, 3)],
)
def test_a_trainer_as_ultralytics_calls_with(size, data, positions, channels):
    """What the library hands over, without the library: a trainer with its model, arguments and data."""
    from netledger.integrations.ultralytics import LedgerCallback

    callback = LedgerCallback(show=False, max={"parameters": 9 * channels * 8 + 8})
    model = nn.Conv2d(channels, 8, 3, padding=1)
    callback(SimpleNamespace(model=model, args=SimpleNamespace(imgsz=size), data=data))
    assert callback.ledger.total_mult_adds == positions * 9 * channels * 8
    with pytest.raises(BudgetError, match="parameters"):
        LedgerCallback(show=False, max={"parameters": 9}).__call__(
            SimpleNamespace(model=model, args=SimpleNamespace(imgsz=size), data=data)
        )


def test_a_model_of_ultralytics_is_the_network_in_it():
    import netledger

    def forward(self, *args, **kwargs):
        raise TypeError("it trains, predicts, exports")

    facade = type("Model", (nn.Module,), {"__module__": "ultralytics.engine.model", "forward": forward})()
    facade.model = nn.Conv2d(3, 8, 3)
    assert netledger.summary(facade, (1, 3, 10, 10), verbose=0).total_mult_adds == 8 * 8 * 27 * 8


def test_ultralytics():
    """The library itself, where it is installed: it brings OpenCV and a display's libraries along."""
    ultralytics = pytest.importorskip("ultralytics", exc_type=ImportError)
    import netledger
    from netledger.integrations.ultralytics import LedgerCallback

    model = ultralytics.YOLO("yolov8n.yaml")
    callback = LedgerCallback(show=False)
    callback(SimpleNamespace(model=model.model, args=SimpleNamespace(imgsz=640), data={"channels": 3}))
    # the figures that Ultralytics publishes: 3.2 M parameters, 8.7 GFLOPs of 640 × 640 (as FLOPs = 2 MACs)
    assert abs(callback.ledger.total_params - 3.2e6) < 0.05e6
    assert abs(2 * callback.ledger.total_mult_adds - 8.7e9) < 0.1e9
    assert netledger.summary(model, (1, 3, 640, 640), verbose=0).total_mult_adds == callback.ledger.total_mult_adds
