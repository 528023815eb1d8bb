"""Real architectures with random weights: torchvision's and timm's vision models, transformers' models from small configurations.

Nothing is downloaded. Every parameter is drawn at random and the statistics of batch normalisation are measured on random
images: heads that are initialised with zeros, or statistics that don't fit the weights, would make outputs that hardly hang
on the input, and a pass that says nothing.
"""

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from conversion.workers.torchvision_import import import_torchvision

Description = dict[str, Any]

_IMAGE_SIZES: Mapping[str, int] = {
    "torchvision:alexnet": 224,
    "torchvision:inception_v3": 139,
    "torchvision:swin_t": 224,
}
_SMALL_IMAGE = 64
# transformers: model type -> (class of the model, configuration, kind of input)
_TEXT, _IMAGE, _PAIR, _SOUND = "text", "image", "pair", "sound"
_ENCODER = {
    "vocab_size": 100,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
}
_DECODER = {**_ENCODER, "max_position_embeddings": 64}
_GPT = {"vocab_size": 100, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64}
_SEQ2SEQ = {
    "vocab_size": 100,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 64,
}
_VISION = {**_ENCODER, "image_size": 32, "patch_size": 8}
TRANSFORMERS: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "albert": ("AlbertModel", {**_ENCODER, "embedding_size": 16}, _TEXT),
    "bart": ("BartModel", _SEQ2SEQ, _PAIR),
    "beit": ("BeitModel", _VISION, _IMAGE),
    "bert": ("BertModel", _ENCODER, _TEXT),
    "bloom": ("BloomModel", {"vocab_size": 100, "hidden_size": 32, "n_layer": 2, "n_head": 4}, _TEXT),
    "convnext": ("ConvNextModel", {"hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 2, 1]}, _IMAGE),
    "deberta-v2": ("DebertaV2Model", _ENCODER, _TEXT),
    "deit": ("DeiTModel", _VISION, _IMAGE),
    "distilbert": ("DistilBertModel", {"vocab_size": 100, "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64}, _TEXT),
    "electra": ("ElectraModel", {**_ENCODER, "embedding_size": 16}, _TEXT),
    "gpt2": ("GPT2Model", _GPT, _TEXT),
    "gpt_neo": (
        "GPTNeoModel",
        {"vocab_size": 100, "hidden_size": 32, "num_layers": 2, "num_heads": 4, "attention_types": [[["global"], 2]]},
        _TEXT,
    ),
    "llama": ("LlamaModel", _DECODER, _TEXT),
    "marian": ("MarianModel", {**_SEQ2SEQ, "pad_token_id": 0, "decoder_start_token_id": 0}, _PAIR),
    "mistral": ("MistralModel", {**_DECODER, "num_key_value_heads": 2}, _TEXT),
    "mobilebert": ("MobileBertModel", {**_ENCODER, "intra_bottleneck_size": 32, "embedding_size": 32}, _TEXT),
    "opt": ("OPTModel", {"vocab_size": 100, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
                         "ffn_dim": 64, "word_embed_proj_dim": 32, "max_position_embeddings": 64}, _TEXT),
    "pegasus": ("PegasusModel", _SEQ2SEQ, _PAIR),
    "qwen2": ("Qwen2Model", {**_DECODER, "num_key_value_heads": 2}, _TEXT),
    "roberta": ("RobertaModel", {**_ENCODER, "max_position_embeddings": 64}, _TEXT),
    "segformer": ("SegformerModel", {"hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1]}, _IMAGE),
    "swin": ("SwinModel", {"image_size": 32, "patch_size": 4, "embed_dim": 16, "depths": [2, 2], "num_heads": [2, 4],
                           "window_size": 4}, _IMAGE),
    "t5": ("T5Model", {"vocab_size": 100, "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4}, _PAIR),
    "vit": ("ViTModel", _VISION, _IMAGE),
    "wav2vec2": ("Wav2Vec2Model", {**_ENCODER, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4}, _SOUND),
    "xlm-roberta": ("XLMRobertaModel", {**_ENCODER, "max_position_embeddings": 64}, _TEXT),
}  # fmt: skip


class Named(torch.nn.Module):
    """A transformers model that takes its inputs by position, in the order of `names`, and keeps no cache."""

    def __init__(self, model: torch.nn.Module, names: tuple[str, ...], *, cached: bool) -> None:
        super().__init__()
        self.model, self.names = model, names
        self.options = {"return_dict": False, **({"use_cache": False} if cached else {})}

    def forward(self, *values: torch.Tensor) -> Any:
        """Run the model."""
        return self.model(**dict(zip(self.names, values, strict=True)), **self.options)


def make(name: str, seed: int, inputs: int) -> tuple[torch.nn.Module, list[list[Any]], Description]:
    """Return the architecture ``library:model`` with random weights, its inputs, and fields of the row."""
    torch.manual_seed(seed)
    import_torchvision()  # timm and transformers import it themselves, and fail where its operators cannot be loaded
    library, model = name.split(":")
    if library == "transformers":
        module, kind, size = *_transformer(model), 32
    else:
        size = _IMAGE_SIZES.get(name, _SMALL_IMAGE)
        module, kind = _vision(library, model, size), _IMAGE
    randomise(module)
    if kind == _IMAGE:
        measure_statistics(module, size)
    random = np.random.default_rng(seed)
    return module, [_input(kind, size, random) for _ in range(inputs)], {}


def _vision(library: str, model: str, size: int) -> torch.nn.Module:
    torchvision = import_torchvision()
    if library == "torchvision":
        options: dict[str, Any] = {"init_weights": False} if model in {"googlenet", "inception_v3"} else {}
        if model == "inception_v3":
            options["aux_logits"] = False  # the head that serves training needs a larger image than the rest
        if model.startswith(("lraspp", "deeplabv3")):
            options["weights_backbone"] = None
        module: torch.nn.Module = torchvision.models.get_model(model, weights=None, **options)
        return module
    timm = importlib.import_module("timm")
    made: torch.nn.Module = timm.create_model(
        model, pretrained=False, exportable=True, **_image_size(timm, model, size)
    )
    return made


def _image_size(timm: Any, model: str, size: int) -> dict[str, int]:
    """Return the option by which a model of patches learns the size of its image; convolutions need none."""
    fixed = timm.get_pretrained_cfg(model).fixed_input_size
    return {"img_size": size} if fixed else {}


def _transformer(kind: str) -> tuple[torch.nn.Module, str]:
    transformers = importlib.import_module("transformers")
    class_name, configuration, inputs = TRANSFORMERS[kind]
    config = transformers.AutoConfig.for_model(kind, **configuration)
    config._attn_implementation = "eager"  # the form that both exporters know
    model = getattr(transformers, class_name)(config)
    names = {
        _TEXT: ("input_ids",),
        _IMAGE: ("pixel_values",),
        _PAIR: ("input_ids", "decoder_input_ids"),
        _SOUND: ("input_values",),
    }[inputs]
    return Named(model, names, cached=hasattr(config, "use_cache")), inputs


def _input(kind: str, size: int, random: Any) -> list[Any]:
    if kind == _IMAGE:
        return [random.standard_normal((1, 3, size, size)).astype(np.float32)]
    if kind == _SOUND:
        return [random.standard_normal((1, 1600)).astype(np.float32)]
    return [random.integers(3, 100, (1, 12)) for _ in range(2 if kind == _PAIR else 1)]


def randomise(module: torch.nn.Module) -> None:
    """Draw every parameter: matrices by their fan-in (He for convolutions), gains near 1, biases near 0."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if not parameter.is_floating_point():
                continue
            if parameter.dim() >= 2:
                gain = 2.0 if parameter.dim() > 2 else 1.0
                parameter.normal_(0.0, (gain / parameter[0].numel()) ** 0.5)
            elif name.endswith(("weight", "gamma", "scale")):
                parameter.normal_(1.0, 0.1)
            else:
                parameter.normal_(0.0, 0.1)


def measure_statistics(module: torch.nn.Module, size: int) -> None:
    """Set the running statistics of batch normalisation to those of eight random images."""
    layers = [layer for layer in module.modules() if isinstance(layer, torch.nn.modules.batchnorm._BatchNorm)]
    if not layers:
        return
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the plain mean over what is seen
    with torch.no_grad():
        module.train()(torch.randn(8, 3, size, size))
    module.eval()
