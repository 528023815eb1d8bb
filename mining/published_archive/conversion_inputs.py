"""The files of the conversion experiment in the archive: where they lie and their SHA-256."""

from collections.abc import Mapping

_FOLDER = "Theme3/synthetic-models"
LOG_DATA = f"{_FOLDER}/log_data.json"
FRAMEWORKS: Mapping[str, str] = {"torch.onnx": "torch", "tf2onnx": "tensorflow"}


def results_file(converter: str, nodes: int) -> str:
    """Return the path of a converter's results for models of one size, relative to the archive."""
    framework = FRAMEWORKS[converter]
    return f"{_FOLDER}/exporter_test_results/{framework}/{framework}_symbolic-cinit_opset_16_{nodes}.json"


RESULTS_SHA256: Mapping[tuple[str, int], str] = {
    ("torch.onnx", 15): "909ef0fcbb1ecf19ca40ceaaa8e9610cfd519519bb80d1cf1e64e51cf3ecc0d0",
    ("torch.onnx", 20): "6c63f6d7697767b3c54d0a9428108dc87cff97232bd06b8b163765770c86d9d0",
    ("torch.onnx", 25): "aeaad865fed4ec63ae499f4a5641d2248f10e0ed3a58040b05a0cf8e0bca99e7",
    ("torch.onnx", 30): "64b1061214b57cba7d0ed4db549fc3957aac31a9750d23a2a5e7df2748428183",
    ("torch.onnx", 35): "efd1896e28713c7896bbdc7987c3c3a2b9929b5be58fc143e3d5469370b797ef",
    ("torch.onnx", 40): "1568aaeac33577d55d35e6e793b143dee09f191a65117dae1d1e356691108c7f",
    ("torch.onnx", 45): "773a71ea0625d92b88e2f87940f54354fe7617957635e7c45e064fc048c7cd40",
    ("torch.onnx", 50): "e00a6993a540f0ef465ada29ea80792b9bfb26058b168385a9bdc978f12ddd4d",
    ("torch.onnx", 55): "389270bfe7cc2f2dc4e5f2b6773449889a2cbf9d5d9ae8e46a5ed54fba77d3c3",
    ("torch.onnx", 60): "4af04e2156b9c43d0576407e75e0f89500ff51dd6c888070fba30dd615d55b0e",
    ("torch.onnx", 65): "3b4b13e22f7827b90b636a099b1f7c94846b38bec8437e39f3af2d7bee4d997b",
    ("torch.onnx", 70): "b55e8e398d089b0eba17e733c293721eea58c9258a32acdb9a8018b39fd5f346",
    ("torch.onnx", 75): "ea35d25654c9b4029ad4f9f5d689c878bfeb47416af30d87591a833edcf9f84a",
    ("torch.onnx", 80): "2d22e433483f5d7c4d124cbffb68abd772af4a8f0d030379e3ba1a414bce0e1d",
    ("torch.onnx", 85): "9d01d5dd935c5678e931b2acff36a65e962f752b9d6683216efb233e0a485364",
    ("torch.onnx", 90): "2ff2280fb18f6b0fc315e1cbd8fb615144f4d612852782c7e8a9f352c1658364",
    ("torch.onnx", 95): "f643b006c6849e5a2b115043a09814748e01839c9a2a9ad77f06288e07ac63ea",
    ("torch.onnx", 100): "d542d61e7431635a8645bda2f191198be347b9adbf99aebd148cdbf74b086e0c",
    ("tf2onnx", 15): "2ae1813adce81c87fa7faf96275b8e1ee831430de2e0b1234b6885603f87f660",
    ("tf2onnx", 20): "6d7445dc2f944282153735d1601139cce518b5065a405647432a3dd1f56aff53",
    ("tf2onnx", 25): "ca6cb8e05b8a89f649f32cc3a2a4652885468d24da820ff2c9d4c022532e74ba",
    ("tf2onnx", 30): "f3b43f30b422bc6b390652d3129760417451bef58facbe4c5a3dbab39d9b5f76",
    ("tf2onnx", 35): "ff566bc447f6145bb635ef7645aed35fd6f05074ae41c66f091386f5cc239e4c",
    ("tf2onnx", 40): "fab4cd1d385e1f98f41b28f280ba005279f085742e3e342b415bb0b7eb0d619b",
    ("tf2onnx", 45): "878b76f849f80146e5cafe24323c23f59a6d0fad7cabab9d9df4109d6765677d",
    ("tf2onnx", 50): "038bb7da574857504278bb3e890c1553b79cf8fd62d1ecbe906267672df4ff8d",
    ("tf2onnx", 55): "2aa85745b0a474b970763efb1ccd853625e71af02ddebc17c48a3cb6f1033876",
    ("tf2onnx", 60): "7d60f2e5e7f6d2c3e8c1cd5aba6594c94e46c3abaa071748d47d309583a9ac57",
    ("tf2onnx", 65): "a0598016ce7a15fd54af3f3e6724a7b2536b9b58915264c346d8c25f3e325f2f",
    ("tf2onnx", 70): "286c1b0c4d090de7de3049f9cc44748e82a2613440e068bd6ff130ebcc56821a",
    ("tf2onnx", 75): "2ae3366c3991e04429032f055462f504db1a40bfa20757e04eb6100ade2d0f31",
    ("tf2onnx", 80): "4acdb68d3abbc808e9649d593bad33d150aa8a59d490cd9b323f6e0edf36b0a6",
    ("tf2onnx", 85): "f849c70a45b58b7803eafb475f586c4b3d46a6b12be24d4046319426c1f0af40",
    ("tf2onnx", 90): "309e2b39057b175eaa669b3a5aae8feb89c39d5e5cf20c647b329a2e1111cfb3",
    ("tf2onnx", 95): "e099fa3aecd2ded4d6b3e1001fedc688462c5d01c126fec661b1a050b61da891",
    ("tf2onnx", 100): "9d0674ff2bda28906ab249a174a7125f6ac14758ce7c6ac2231c65f68e1e2fc8",
}

SHA256: Mapping[str, str] = {
    LOG_DATA: "da563560297dbb899b13e791a574daf4b5db58b9816850765807df569491c37e",
    **{results_file(converter, nodes): digest for (converter, nodes), digest in RESULTS_SHA256.items()},
}
