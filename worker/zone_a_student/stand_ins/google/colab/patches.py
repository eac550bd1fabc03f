"""`cv2_imshow(image)`: shown with matplotlib. Images of OpenCV are blue, green, red."""

from __future__ import annotations

from typing import Any


def cv2_imshow(image: Any) -> None:
    import matplotlib.pyplot as plt
    import numpy

    image = numpy.asarray(image).clip(0, 255).astype("uint8")
    plt.imshow(image if image.ndim == 2 else image[..., 2::-1], cmap="gray")
    plt.axis("off")
    plt.show()
