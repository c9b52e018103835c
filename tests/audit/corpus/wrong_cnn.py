"""Wrong calculations of convolutional and fully connected networks, one or more faults of each kind."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import (
    ALEXNET,
    ALEXNET_GROUPED,
    BN_CNN,
    C3D,
    DCGAN,
    DQN,
    LENET,
    LENET_1998,
    MNIST_MLP,
    MOBILE_BLOCK,
    TINY_CNN,
    WAVENET,
    conv,
    document,
    linear,
)

D = document
VGG_HEAD = [
    conv("conv1_1", 3, 64, 3),
    conv("conv1_2", 64, 64, 3),
    conv("conv2_1", 64, 128, 3),
    conv("conv2_2", 128, 128, 3),
]

case(
    "lenet-slip-in-product",
    D(LENET),
    """
conv1: 5*5*1*6 + 6 = 156
conv2: 5*5*6*16 + 16 = 2416
fc1: 400*120 + 120 = 48210
fc2: 120*84 + 84 = 10164
fc3: 84*10 + 10 = 850
total = 61796
""",
    {3: [("arithmetic", 48120)], 6: [("propagated", 61706)]},
    total=(61796, False),
)

case(
    "lenet-transposed-digits-right-total",
    D(LENET),
    """
conv1 156
conv2 2416
fc1 48120
fc2 10146
fc3 850
total 61706
""",
    {4: [("wrong_value", 10164)]},
    total=(61706, True),
)

case(
    "lenet-missing-bias-one-line",
    D(LENET),
    """
Conv1: (5*5*1)*6 + 6 = 156
Conv2: (5*5*6)*16 = 2400
FC1: 400*120 + 120 = 48120
FC2: 120*84 + 84 = 10164
FC3: 84*10 + 10 = 850
Total: 61690
""",
    {2: [("missing_bias", 2416)], 6: [("propagated", 61706)]},
    total=(61690, False),
)

case(
    "lenet-all-biases-missing",
    D(LENET),
    """
conv1: 1*6*5*5 = 150
conv2: 6*16*5*5 = 2400
fc1: 400*120 = 48000
fc2: 120*84 = 10080
fc3: 84*10 = 840
Total parameters: 61470
""",
    {
        1: [("missing_bias", 156)],
        2: [("missing_bias", 2416)],
        3: [("missing_bias", 48120)],
        4: [("missing_bias", 10164)],
        5: [("missing_bias", 850)],
        6: [("propagated", 61706)],
    },
    total=(61470, False),
)

case(
    "lenet-depth-forgotten",
    D(LENET),
    """
conv1: 5*5*6 + 6 = 156
conv2: 5*5*16 + 16 = 416
fc1: 400*120 + 120 = 48120
fc2: 120*84 + 84 = 10164
fc3: 84*10 + 10 = 850
sum: 59706
""",
    {2: [("missing_in_channels", 2416)], 6: [("propagated", 61706)]},
    total=(59706, False),
)

case(
    "lenet-wrong-flatten",
    D(LENET),
    """
conv1 = (5*5*1+1)*6 = 156
conv2 = (5*5*6+1)*16 = 2416
fc1 = (16*6*6+1)*120 = 69240
fc2 = (120+1)*84 = 10164
fc3 = (84+1)*10 = 850
total = 82826
""",
    {3: [("wrong_flatten", 48120)], 6: [("propagated", 61706)]},
    total=(82826, False),
)

case(
    "lenet-flatten-values-only",
    D(LENET),
    """
conv1: 156
conv2: 2416
fc1: 94200
fc2: 10164
fc3: 850
""",
    {3: [("wrong_flatten", 48120)]},
)

case(
    "lenet-feature-map",
    D(LENET),
    """
conv1: 5*5*1*6*28*28 + 6 = 117606
conv2: 5*5*6*16 + 16 = 2416
fc1: 48120
fc2: 10164
fc3: 850
""",
    {1: [("feature_map_multiplied", 156)]},
)

case(
    "lenet-pool-counted",
    D(LENET),
    """
| layer | params |
|---|---|
| conv1 | 156 |
| pool1 | 12 |
| conv2 | 2416 |
| pool2 | 32 |
| fc1 | 48120 |
| fc2 | 10164 |
| fc3 | 850 |
| total | 61750 |
""",
    {4: [("counted_pooling", 0)], 6: [("counted_pooling", 0)], 10: [("propagated", 61706)]},
    total=(61750, False),
)

case(
    "lenet-1998-full-connections",
    D(LENET_1998),
    """
C1: (5*5*1+1)*6 = 156
S2: 2*6 = 12
C3: (5*5*6+1)*16 = 2416
S4: 2*16 = 32
C5: (5*5*16+1)*120 = 48120
F6: (120+1)*84 = 10164
""",
    {3: [("missing_connections", 1516)]},
)

case(
    "lenet-1998-sum-of-c3",
    D(LENET_1998),
    """
C3 = 6*(3*25+1) + 9*(4*25+1) + 1*(6*25+1) = 456 + 909 + 151 = 1561
""",
    {1: [("arithmetic", 1516)]},
)

case(
    "lenet-missing-layer-in-total",
    D(LENET),
    """
conv1: 156, conv2: 2416, fc1: 48120, fc3: 850
Total: 51542 parameters
""",
    {2: [("missing_layer", 61706)]},
    total=(51542, False),
)

case(
    "lenet-sum-slip-thousand",
    D(LENET),
    """
156 + 2416 + 48120 + 10164 + 850 = 60706
""",
    {1: [("wrong_sum", 61706)]},
    total=(60706, False),
)

case(
    "alexnet-groups-ignored",
    D(ALEXNET_GROUPED),
    """
conv1: (11*11*3)*96 + 96 = 34944
conv2: (5*5*96)*256 + 256 = 614656
conv3: (3*3*256)*384 + 384 = 885120
conv4: (3*3*384)*384 + 384 = 1327488
conv5: (3*3*384)*256 + 256 = 884992
fc6: 37752832
fc7: 16781312
fc8: 4097000
total: 62378344
""",
    {
        2: [("missing_groups", 307456)],
        4: [("missing_groups", 663936)],
        5: [("missing_groups", 442624)],
        9: [("propagated", 60965224)],
    },
    total=(62378344, False),
)

case(
    "alexnet-total-only-ungrouped",
    D(ALEXNET_GROUPED),
    """
AlexNet has 62,378,344 parameters in total.
""",
    {1: [("missing_groups", 60965224)]},
    total=(62378344, False),
)

case(
    "alexnet-neighbours-channels",
    D(ALEXNET),
    """
Conv1: 11x11x3x96 + 96 = 34,944
Conv2: 5x5x96x256 + 256 = 614,656
Conv3: 3x3x256x384 + 384 = 885,120
Conv4: 3x3x256x384 + 384 = 885,120
Conv5: 3x3x384x256 + 256 = 884,992
""",
    {4: [("wrong_in_channels", 1327488)]},
)

case(
    "alexnet-wrong-filters",
    D(ALEXNET),
    """
Conv1: 11x11x3x64 + 64 = 23,296
Conv2: 5x5x96x256 + 256 = 614,656
""",
    {1: [("wrong_out_channels", 34944)]},
)

case(
    "alexnet-kernel",
    D(ALEXNET),
    """
conv1: (7*7)*3*96 + 96 = 14208
conv2: (5*5)*96*256 + 256 = 614656
conv3: (3*3)*256*384 + 384 = 885120
""",
    {1: [("wrong_kernel", 34944)]},
)

case(
    "alexnet-results-swapped",
    D(ALEXNET),
    """
conv3: 3*3*256*384 + 384 = 884992
conv5: 3*3*384*256 + 256 = 885120
""",
    {1: [("arithmetic", 885120)], 2: [("arithmetic", 884992)]},
)

case(
    "alexnet-millions-for-thousands",
    D(ALEXNET),
    """
conv1 35M, conv2 0.61M, conv3 0.89M, conv4 1.33M, conv5 0.88M
fc6 37.8M, fc7 16.8M, fc8 4.1M
total about 62.4M parameters
""",
    {1: [("unit_mixup", 34944)]},
    total=(62400000, True),
)

case(
    "alexnet-bias-on-inputs",
    D(ALEXNET),
    """
fc6: 9216*4096 + 9216 = 37757952
fc7: 4096*4096 + 4096 = 16781312
fc8: 4096*1000 + 4096 = 4100096
""",
    {1: [("swapped_dims", 37752832)], 3: [("swapped_dims", 4097000)]},
)

case(
    "mlp-hidden-off",
    D(MNIST_MLP),
    """
layer 1: 784*512 + 512 = 401920
layer 2: 512*512 + 512 = 262656
layer 3: 256*10 + 10 = 2570
total: 667146
""",
    {2: [("wrong_out_channels", 131328)], 4: [("propagated", 535818)]},
    total=(667146, False),
)

case(
    "mlp-double-bias",
    D(MNIST_MLP),
    """
(784+1)*512 + 512 = 402432
(512+1)*256 + 256 = 131584
(256+1)*10 + 10 = 2580
total 536596
""",
    {
        1: [("double_bias", 401920)],
        2: [("double_bias", 131328)],
        3: [("double_bias", 2570)],
        4: [("propagated", 535818)],
    },
    total=(536596, False),
)

case(
    "mlp-biases-only-in-total-missing",
    D(MNIST_MLP),
    """
784*512 + 512*256 + 256*10 = 535040 parameters in total
""",
    {1: [("missing_bias", 535818)]},
    total=(535040, False),
)

case(
    "mlp-right-value-wrong-expression",
    D(MNIST_MLP),
    """
dense_1: 784*512 = 401920
dense_2: 512*256 + 256 = 131328
dense_3: 256*10 + 10 = 2570
""",
    {1: [("missing_bias", 401920)]},
)

case(
    "mlp-korean-slip",
    D(MNIST_MLP),
    """
첫 번째 층: 784 * 512 + 512 = 401,920
두 번째 층: 512 * 256 + 256 = 131,382
세 번째 층: 256 * 10 + 10 = 2,570
총 파라미터 수: 535,872
""",
    {2: [("arithmetic", 131328)], 4: [("propagated", 535818)]},
    total=(535872, False),
)

case(
    "mlp-chinese-bias",
    D(MNIST_MLP),
    """
输入层到隐藏层1：784×512+512=401920
隐藏层1到隐藏层2：512×256=131072
隐藏层2到输出层：256×10+10=2570
合计：535562
""",
    {2: [("missing_bias", 131328)], 4: [("propagated", 535818)]},
    total=(535562, False),
)

case(
    "mlp-extra-layer",
    D(MNIST_MLP),
    """
784*512 + 512 = 401920
512*256 + 256 = 131328
256*128 + 128 = 32896
256*10 + 10 = 2570
total: 568714
""",
    {3: [("extra_layer", 0)], 5: [("propagated", 535818)]},
    total=(568714, False),
)

case(
    "mlp-input-neurons-as-params",
    D(MNIST_MLP),
    """
Input layer: 784 neurons, 0 parameters
dense_1: (784 + 1) * 512 = 401,920
dense_2: (512 + 1) * 256 = 131,238
dense_3: (256 + 1) * 10 = 2,570
""",
    {3: [("arithmetic", 131328)]},
)

case(
    "bn-running-stats",
    D(BN_CNN, framework="pytorch"),
    """
conv1: 3*3*1*16 = 144
bn1: 4*16 = 64
conv2: 3*3*16*32 = 4608
bn2: 4*32 = 128
fc: 1568*10 + 10 = 15690
total: 20634
""",
    {2: [("counted_running_stats", 32)], 4: [("counted_running_stats", 64)], 6: [("propagated", 20538)]},
    total=(20634, False),
)

case(
    "bn-left-out-of-total",
    D(BN_CNN, framework="pytorch"),
    """
conv1: 144
conv2: 4608
fc: 15690
total: 20442
""",
    {4: [("missing_norm", 20538)]},
    total=(20442, False),
)

case(
    "bn-conv-bias-that-is-none",
    D(BN_CNN, framework="pytorch"),
    """
conv1: 3*3*1*16 + 16 = 160
bn1: 32
conv2: 3*3*16*32 + 32 = 4640
bn2: 64
fc: 15690
total 20586
""",
    {1: [("double_bias", 144)], 3: [("double_bias", 4608)], 6: [("propagated", 20538)]},
    total=(20586, False),
)

case(
    "depthwise-as-full",
    D(MOBILE_BLOCK),
    """
depthwise: 3*3*32*32 = 9216
bn: 64
pointwise: 32*64 = 2048
bn: 128
total: 11456
""",
    {1: [("missing_groups", 288)], 5: [("propagated", 2528)]},
    total=(11456, False),
)

case(
    "separable-as-ordinary",
    D(
        [
            {
                "type": "separable_conv2d",
                "name": "sep",
                "in": 64,
                "out": 128,
                "kernel": [3, 3],
                "depthwise_bias": False,
                "pointwise_bias": True,
            }
        ]
    ),
    """
SeparableConv2D: 3*3*64*128 + 128 = 73856
""",
    {1: [("wrong_formula", 8896)]},
    total=(73856, False),
)

case(
    "conv1d-squared",
    D(WAVENET),
    """
conv1: 9*9*1*16 + 16 = 1312
conv2: 5*16*32 + 32 = 2592
conv3: 3*32*32 + 32 = 3104
fc: 320*4 + 4 = 1284
""",
    {1: [("wrong_kernel", 160)]},
)

case(
    "conv3d-flat-kernel",
    D(C3D),
    """
conv1: 3*3*3*64 + 64 = 1792
conv2: 3*3*3*64*128 + 128 = 221312
""",
    {1: [("missing_in_channels", 5248)]},
)

case(
    "transposed-with-bias",
    D(DCGAN),
    """
deconv1: 4*4*100*512 = 819200
bn1: 2*512 = 1024
deconv2: 4*4*512*256 = 2097152
bn2: 2*256 = 512
deconv3: 4*4*256*1 = 4096
""",
    {5: [("wrong_out_channels", 12288)]},
)

case(
    "vgg-relabelled",
    D(VGG_HEAD),
    """
conv1_1: 3*3*3*64 + 64 = 1792
conv1_2: 3*3*64*64 + 64 = 36928
conv2_1: 3*3*64*128 + 128 = 73856
conv2_1: 3*3*64*128 + 128 = 73856
""",
    {4: [("mislabelled_layer", 147584)]},
)

case(
    "dqn-total-slip",
    D(DQN),
    """
conv1: 8*8*4*16 + 16 = 4112
conv2: 4*4*16*32 + 32 = 8224
fc1: 2592*256 + 256 = 663808
out: 256*6 + 6 = 1542
Total = 677,868
""",
    {5: [("wrong_sum", 677686)]},
    total=(677868, False),
)

case(
    "feature-count",
    D(DQN),
    """
conv1 8x8 stride 4: (20, 20, 16) -> 6,400 features
conv2 4x4 stride 2: (9, 9, 32) -> 2,952 features
fc1: 2592*256 + 256 = 663,808 params
""",
    {2: [("feature_count", 2592)]},
)

case(
    "keras-table-slip",
    D(TINY_CNN, framework="keras"),
    """
Layer            Output          Params
conv2d           30x30x32        896
max_pooling2d    15x15x32        0
conv2d_1         13x13x64        18496
max_pooling2d_1  6x6x64          0
flatten          2304            0
dense            128             294912
dense_1          10              1290
Total                            315594
""",
    {7: [("missing_bias", 295040)], 9: [("propagated", 315722)]},
    total=(315594, False),
)

case(
    "gradients",
    D([linear("fc", 100, 10)]),
    """
The layer has 100*10 + 10 = 1010 parameters, with gradients 2020 parameters.
""",
    {},
    may=(1,),
)

case(
    "prose-wrong",
    D([conv("conv", 3, 32, 3)]),
    """
A 3x3 convolution with 32 filters on an RGB image has 3*3*32 + 32 = 320 parameters.
""",
    {1: [("missing_in_channels", 896)]},
    total=(320, False),
)

case(
    "value-only-mistake",
    D([conv("conv", 3, 64, 7)]),
    """
conv: 9408
""",
    {1: [("missing_bias", 9472)]},
    total=(9408, False),
)

case(
    "latex-swapped",
    D(ALEXNET),
    r"""
$$\text{conv1}: 11 \times 11 \times 3 \times 96 + 96 = 34{,}944$$
$$\text{conv2}: 5 \times 5 \times 96 \times 256 + 96 = 614{,}496$$
""",
    {2: [("swapped_dims", 614656)]},
)
